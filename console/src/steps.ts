// steps.ts: what an execution's events say about its states. Events are added one by one, as they come.
//
// A step is one visit to a state. Which step an event belongs to follows from the event before it; what runs inside a
// Parallel or Map state belongs to the iteration or branch that it started in.

import type { HistoryEvent } from './api';

export type StepStatus = 'running' | 'waiting' | 'succeeded' | 'failed' | 'caught' | 'aborted';

export interface Step {
  name: string;
  type: string;
  entered: number;
  enteredId: number;
  exited?: number;
  status: StepStatus;
  input?: string;
  output?: string;
  parameters?: string;
  result?: string;
  error?: string;
  cause?: string;
  retries: number;
  variables?: Record<string, string>;
  iteration?: number;
  parent?: Step;
  events: number[];
  childArn?: string;
  mapRunArn?: string;
}

export interface Counts {
  running: number;
  succeeded: number;
  failed: number;
  caught: number;
  aborted: number;
  total: number;
}

const detailsOf = (e: HistoryEvent): any => {
  for (const key in e) if (key.endsWith('EventDetails')) return e[key];
  return {};
};

interface Place {
  step?: Step;
  iteration?: number;
  parent?: Step;
}

export class Steps {
  list: Step[] = [];
  events: HistoryEvent[] = [];
  byName = new Map<string, Step[]>();
  private places = new Map<number, Place>();
  private exits = new Map<number, string>();
  private taken = new Set<string>();

  add(e: HistoryEvent): void {
    if (this.events.length > 0 && e.id <= this.events[this.events.length - 1].id) return;
    this.events.push(e);
    const before = this.places.get(e.previousEventId) ?? {};
    const place: Place = { ...before };
    const details = detailsOf(e);
    if (e.type.endsWith('StateEntered')) place.step = this.enter(e, details, before);
    else if (place.step) this.happen(e, details, place);
    this.places.set(e.id, place);
    if (place.step) place.step.events.push(e.id);
    if (e.type.startsWith('Execution')) this.end(e);
  }

  private enter(e: HistoryEvent, details: any, before: Place): Step {
    const step: Step = {
      name: details.name,
      type: e.type.replace('StateEntered', ''),
      entered: e.timestamp,
      enteredId: e.id,
      status: 'running',
      input: details.input,
      retries: 0,
      events: [],
      iteration: before.iteration,
      parent: before.parent,
    };
    if (step.type === 'Wait') step.status = 'waiting';
    const from = this.exits.get(e.previousEventId);
    if (from !== undefined) this.taken.add(`${from}\n${step.name}`);
    this.list.push(step);
    const same = this.byName.get(step.name);
    if (same) same.push(step);
    else this.byName.set(step.name, [step]);
    return step;
  }

  private happen(e: HistoryEvent, details: any, place: Place): void {
    const step = place.step!;
    if (e.type.endsWith('StateExited')) {
      step.exited = e.timestamp;
      this.exits.set(e.id, step.name);
      step.output = details.output;
      step.variables = details.assignedVariables;
      step.status = step.error !== undefined || step.status === 'failed' ? 'caught' : 'succeeded';
      Object.assign(place, { step: step.parent, iteration: step.iteration, parent: step.parent });
      return;
    }
    if (/^(Parallel|Map)State(Started)$/.test(e.type)) place.parent = step;
    if (e.type === 'ParallelStateStarted') {
      place.step = step;
      return;
    }
    if (e.type === 'MapIterationStarted') {
      place.parent = step;
      place.iteration = details.index;
      return;
    }
    if (details.mapRunArn) step.mapRunArn = details.mapRunArn;
    if (/(Failed|TimedOut)$/.test(e.type) && !e.type.startsWith('Execution')) this.fail(step, details, e.type);
    else if (/Scheduled$/.test(e.type)) this.schedule(step, details);
    else if (/Succeeded$/.test(e.type)) {
      step.result = details.output ?? step.result;
      step.status = 'running';
      this.forgive(step);
    } else if (/Submitted$/.test(e.type)) {
      step.status = 'waiting';
      this.findChild(step, details.output);
    } else if (e.type === 'ActivityStarted' || /Started$/.test(e.type))
      step.status = step.status === 'failed' ? 'failed' : 'running';
  }

  private schedule(step: Step, details: any): void {
    if (step.error !== undefined || step.status === 'failed') step.retries++;
    this.forgive(step);
    step.status = 'running';
    step.parameters = details.parameters ?? details.input ?? step.parameters;
  }

  private forgive(step: Step): void {
    step.error = step.cause = undefined;
  }

  private fail(step: Step, details: any, type: string): void {
    step.error = details.error ?? type;
    step.cause = details.cause;
    step.status = 'failed';
  }

  private findChild(step: Step, output?: string): void {
    try {
      step.childArn = JSON.parse(output ?? '{}').ExecutionArn;
    } catch {
      /* no JSON: no child */
    }
  }

  // What was running when the execution ended has gone down with it.
  private end(e: HistoryEvent): void {
    if (e.type === 'ExecutionRedriven') {
      for (const step of this.list)
        if (step.exited === undefined && step.status === 'failed') {
          step.status = 'running';
          this.forgive(step);
        }
      return;
    }
    if (e.type === 'ExecutionStarted') return;
    const details = detailsOf(e),
      failed = /Failed|TimedOut/.test(e.type);
    const last = this.places.get(e.previousEventId)?.step;
    for (const step of this.list) {
      if (step.exited !== undefined) continue;
      if (failed && step === last && step.error === undefined) {
        step.error = details.error ?? e.type;
        step.cause = details.cause;
      }
      step.status =
        step.status === 'failed' || (failed && step === last) || (this.isAround(step, last) && failed)
          ? 'failed'
          : 'aborted';
    }
  }

  private isAround(step: Step, inner?: Step): boolean {
    for (let at = inner?.parent; at; at = at.parent) if (at === step) return true;
    return false;
  }

  counts(name: string): Counts {
    const counts: Counts = { running: 0, succeeded: 0, failed: 0, caught: 0, aborted: 0, total: 0 };
    for (const step of this.byName.get(name) ?? []) {
      counts.total++;
      counts[step.status === 'waiting' ? 'running' : step.status]++;
    }
    return counts;
  }

  status(name: string): StepStatus | undefined {
    const steps = this.byName.get(name);
    if (!steps) return undefined;
    const c = this.counts(name);
    if (c.running > 0) return steps.some((s) => s.status === 'running') ? 'running' : 'waiting';
    if (c.failed > 0) return 'failed';
    return steps[steps.length - 1].status;
  }

  firstFailure(): Step | undefined {
    const failed = this.list.filter((s) => s.status === 'failed');
    return (
      failed.find((s) => !failed.some((other) => this.isAround(s, other))) ??
      this.list.find((s) => s.status === 'caught')
    );
  }

  // What an inline Map's iterations or a Parallel's branches came to, in order; undefined: not all of them are known.
  childrenResult(step: Step, branches?: any[]): string | undefined {
    const last = new Map<number, string>();
    for (const s of this.list) {
      if (s.parent !== step || s.output === undefined) continue;
      const at = branches ? branches.findIndex((b) => b.States?.[s.name]) : s.iteration;
      if (at !== undefined && at >= 0) last.set(at, s.output);
    }
    const parts = [...last.entries()].sort((a, b) => a[0] - b[0]);
    return parts.every(([n], i) => n === i) ? `[${parts.map(([, text]) => text).join(',')}]` : undefined;
  }

  // Variables as they were when the state was entered
  variablesBefore(step: Step): Record<string, unknown> {
    const variables: Record<string, unknown> = {};
    for (const s of this.list) {
      if (s.enteredId >= step.enteredId) break;
      for (const [name, text] of Object.entries(s.variables ?? {})) variables[name] = JSON.parse(text);
    }
    return variables;
  }

  // Whether that edge was taken, for the picture
  isTaken(from: string, to: string): boolean {
    return this.taken.has(`${from}\n${to}`);
  }
}

export { detailsOf };
