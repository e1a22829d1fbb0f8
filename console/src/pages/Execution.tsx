// Execution.tsx: one execution, live: its picture, states, events and what waits for somebody.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ask, call, type HistoryEvent, type OpenTask } from '../api';
import { Flowchart } from '../graph/Flowchart';
import { go, link, machineOf, nameOf } from '../route';
import { detailsOf, Steps, type Step } from '../steps';
import { clock, date, duration } from '../text';
import { Badge, Buttons, Dialog, InputDialog, Payload, Trouble, VirtualList } from '../ui/parts';
import { DataFlow } from './DataFlow';
import { Progress, useMapRun } from './MapRun';

// Events as they come, over one connection that finds its place again by itself.
function useEvents(arn: string, round: number) {
  const steps = useRef(new Steps());
  const [version, setVersion] = useState(0);
  const [status, setStatus] = useState<any>(null);
  const [lost, setLost] = useState(false);
  useEffect(() => {
    const last = steps.current.events.length > 0 ? steps.current.events[steps.current.events.length - 1].id : 0;
    const source = new EventSource(
      `/console/events?executionArn=${encodeURIComponent(arn)}${last ? `&after=${last}` : ''}`,
    );
    let frame = 0;
    const show = () => {
      if (!frame)
        frame = requestAnimationFrame(() => {
          frame = 0;
          setVersion((v) => v + 1);
        });
    };
    source.addEventListener('history', (e) => {
      steps.current.add(JSON.parse((e as MessageEvent).data) as HistoryEvent);
      show();
    });
    source.addEventListener('status', (e) => {
      setStatus(JSON.parse((e as MessageEvent).data));
      show();
    });
    source.addEventListener('end', () => source.close());
    source.onopen = () => setLost(false);
    source.onerror = () => setLost(source.readyState !== EventSource.CLOSED);
    return () => {
      source.close();
      cancelAnimationFrame(frame);
    };
  }, [arn, round]);
  return { steps: steps.current, version, status, lost };
}

function Tasks({ arn, steps, version }: { arn: string; steps: Steps; version: number }) {
  const [tasks, setTasks] = useState<OpenTask[]>([]);
  const [answering, setAnswering] = useState<{ task: OpenTask; ok: boolean } | null>(null);
  const waiting = steps.list.some((s) => s.exited === undefined && s.type === 'Task');
  useEffect(() => {
    if (!waiting) {
      setTasks([]);
      return;
    }
    const timer = setTimeout(
      () =>
        ask<{ tasks: OpenTask[] }>('tasks', { executionArn: arn }).then(
          (a) => setTasks(a.tasks),
          () => setTasks([]),
        ),
      60,
    );
    return () => clearTimeout(timer);
  }, [arn, version, waiting]);
  if (tasks.length === 0) return null;
  return (
    <section class="pane waiting-tasks" aria-live="polite">
      {tasks.slice(0, 20).map((task) => (
        <div class="head small" key={task.taskToken}>
          <p>
            <b>{task.stateName}</b> waits for {task.kind === 'activity' ? 'a worker of its activity' : 'an answer'}.
          </p>
          <button type="button" class="primary" onClick={() => setAnswering({ task, ok: true })}>
            Approve…
          </button>
          <button type="button" class="danger" onClick={() => setAnswering({ task, ok: false })}>
            Reject…
          </button>
        </div>
      ))}
      {answering && answering.ok && (
        <InputDialog
          title={`Approve ${answering.task.stateName}`}
          memory={`approve ${answering.task.stateName}`}
          action="Send success"
          onClose={() => setAnswering(null)}
          first={
            localStorage.getItem(`approve ${answering.task.stateName}`) ??
            '{"approved": true, "decision": "approved"}'
          }
          onDone={async (output) => {
            await call('SendTaskSuccess', { taskToken: answering.task.taskToken, output });
            setAnswering(null);
          }}
        />
      )}
      {answering && !answering.ok && <Reject task={answering.task} onClose={() => setAnswering(null)} />}
    </section>
  );
}

function Reject({ task, onClose }: { task: OpenTask; onClose: () => void }) {
  const [error, setError] = useState('Rejected'),
    [cause, setCause] = useState(''),
    [trouble, setTrouble] = useState<Error | null>(null);
  const submit = (e: Event) => {
    e.preventDefault();
    call('SendTaskFailure', { taskToken: task.taskToken, error, cause }).then(onClose, setTrouble);
  };
  return (
    <Dialog title={`Reject ${task.stateName}`} onClose={onClose}>
      <form onSubmit={submit}>
        <label>
          Error <input value={error} onInput={(e) => setError(e.currentTarget.value)} />
        </label>
        <label>
          Cause <input value={cause} onInput={(e) => setCause(e.currentTarget.value)} />
        </label>
        <Trouble error={trouble} />
        <Buttons action="Send failure" danger onClose={onClose} />
      </form>
    </Dialog>
  );
}

function MapRunSummary({ arn }: { arn: string }) {
  const { run, error } = useMapRun(arn);
  return (
    <>
      <Trouble error={error} />
      {run && (
        <a class="map-run-link" href={link('map-runs', arn)}>
          <span class="head small">
            <b>Map Run</b> <Badge status={run.status} />
          </span>
          <Progress counts={run.itemCounts} label="Items" />
        </a>
      )}
    </>
  );
}

// A child of a Map Run runs the part of the definition that its first state stands in.
function partOf(definition: any, state?: string): any {
  if (!state || definition.States?.[state]) return definition;
  for (const inner of Object.values<any>(definition.States ?? {}))
    for (const part of [...(inner?.Branches ?? []), inner?.ItemProcessor, inner?.Iterator]) {
      const found = part && partOf(part, state);
      if (found?.States?.[state]) return { QueryLanguage: definition.QueryLanguage, ...found };
    }
  return definition;
}

function StepDetail({
  arn,
  definition,
  step,
  steps,
  onEvents,
}: {
  arn: string;
  definition: any;
  step: Step;
  steps: Steps;
  onEvents: () => void;
}) {
  const visits = steps.byName.get(step.name) ?? [];
  return (
    <div class="detail">
      <p>
        <Badge status={step.status} /> {step.iteration !== undefined && <>iteration {step.iteration} · </>}
        {clock(step.entered)}
        {step.exited !== undefined && <> · took {duration(step.exited - step.entered)}</>}
        {step.retries > 0 && (
          <>
            {' '}
            · {step.retries} {step.retries === 1 ? 'retry' : 'retries'}
          </>
        )}
        {visits.length > 1 && (
          <>
            {' '}
            · visit {visits.indexOf(step) + 1} of {visits.length.toLocaleString()}
          </>
        )}
        {step.childArn && (
          <>
            {' '}
            · <a href={link('executions', step.childArn)}>nested execution</a>
          </>
        )}{' '}
        ·{' '}
        <button type="button" class="quiet" onClick={onEvents}>
          its events
        </button>
      </p>
      {step.error !== undefined && (
        <p class="trouble">
          <b>{step.error}</b>
          {step.cause ? `: ${step.cause}` : ''}
        </p>
      )}
      {step.mapRunArn && <MapRunSummary arn={step.mapRunArn} />}
      <Payload title="Input" text={step.input} />
      <Payload title="What the task was given (after InputPath, Parameters or Arguments)" text={step.parameters} />
      <Payload title="What it answered (before ResultSelector, ResultPath)" text={step.result} />
      <Payload
        title="Variables assigned"
        text={
          step.variables &&
          JSON.stringify(
            Object.fromEntries(
              Object.entries(step.variables).map(([k, v]) => {
                try {
                  return [k, JSON.parse(v)];
                } catch {
                  return [k, v];
                }
              }),
            ),
          )
        }
      />
      <Payload title="Output" text={step.output} />
      {definition && step.exited !== undefined && !step.mapRunArn && (
        <DataFlow arn={arn} definition={definition} step={step} steps={steps} />
      )}
    </div>
  );
}

// Every run of a distributed Map that this execution has had
function MapRuns({ steps }: { steps: Steps }) {
  return (
    <div class="detail">
      {steps.list
        .filter((s) => s.mapRunArn)
        .map((s) => (
          <section key={s.enteredId}>
            <h2>{s.name}</h2>
            <MapRunSummary arn={s.mapRunArn!} />
          </section>
        ))}
    </div>
  );
}

function Timeline({
  steps,
  version,
  start,
  end,
  selected,
  onSelect,
}: {
  steps: Steps;
  version: number;
  start: number;
  end: number;
  selected?: Step;
  onSelect: (s: Step) => void;
}) {
  const [only, setOnly] = useState('');
  const shown = useMemo(() => steps.list.filter((s) => !only || s.status === only), [version, only]);
  const span = Math.max(0.001, end - start);
  return (
    <>
      <div class="head small">
        <label>
          Show{' '}
          <select value={only} onChange={(e) => setOnly(e.currentTarget.value)}>
            <option value="">all {steps.list.length.toLocaleString()} visits</option>
            {['running', 'waiting', 'failed', 'caught', 'succeeded', 'aborted'].map((s) => (
              <option value={s}>{s}</option>
            ))}
          </select>
        </label>
      </div>
      <VirtualList
        items={shown}
        label="States in the order they were entered"
        at={selected ? shown.indexOf(selected) : undefined}
        row={(s) => {
          const left = ((s.entered - start) / span) * 100,
            width = Math.max(0.6, (((s.exited ?? end) - s.entered) / span) * 100);
          return (
            <button
              type="button"
              role="listitem"
              class={`row ${s === selected ? 'selected' : ''}`}
              key={s.enteredId}
              onClick={() => onSelect(s)}
            >
              <span class={`mark ${s.status}`} aria-label={s.status}>
                {{ running: '●', waiting: '◷', succeeded: '✓', failed: '✕', caught: '↷', aborted: '■' }[s.status]}
              </span>
              <span class="row-name">
                {s.name}
                {s.iteration !== undefined && <i> #{s.iteration}</i>}
              </span>
              <span class="bar-holder" aria-hidden="true">
                <svg width="100%" height="12" preserveAspectRatio="none" viewBox="0 0 100 12">
                  <rect class={`bar ${s.status}`} x={Math.min(99.4, left)} y="2" width={width} height="8" rx="1" />
                </svg>
              </span>
              <span class="row-time">{s.exited !== undefined ? duration(s.exited - s.entered) : ''}</span>
            </button>
          );
        }}
      />
    </>
  );
}

function Events({
  steps,
  version,
  only,
  onClear,
}: {
  steps: Steps;
  version: number;
  only?: Step;
  onClear: () => void;
}) {
  const [text, setText] = useState(''),
    [open, setOpen] = useState<HistoryEvent | null>(null);
  const shown = useMemo(() => {
    const words = text.toLowerCase(),
      ids = only && new Set(only.events);
    return steps.events.filter(
      (e) => (!ids || ids.has(e.id)) && (!words || JSON.stringify(e).toLowerCase().includes(words)),
    );
  }, [version, text, only]);
  return (
    <>
      <div class="head small">
        <input
          type="search"
          placeholder="Search events: type, state, text in their data"
          aria-label="Search events"
          value={text}
          onInput={(e) => setText(e.currentTarget.value)}
        />
        {only && (
          <button type="button" onClick={onClear}>
            of {only.name} ✕
          </button>
        )}
        <span class="faint">{shown.length.toLocaleString()} events</span>
      </div>
      <VirtualList
        items={shown}
        label="Events"
        row={(e) => (
          <button
            type="button"
            role="listitem"
            class={`row event ${/Failed|TimedOut|Aborted/.test(e.type) ? 'bad' : ''}`}
            key={e.id}
            onClick={() => setOpen(e)}
          >
            <span class="row-id">{e.id}</span>
            <span class="row-time">{clock(e.timestamp)}</span>
            <span class="row-name">{e.type}</span>
            <span class="faint row-rest">
              {detailsOf(e).name ?? detailsOf(e).error ?? detailsOf(e).resource ?? ''}
            </span>
          </button>
        )}
      />
      {open && (
        <Dialog title={`${open.id} ${open.type}`} onClose={() => setOpen(null)}>
          <Payload title="Event" text={JSON.stringify(open)} />
          {Object.entries(detailsOf(open))
            .filter(([, v]) => typeof v === 'string')
            .map(([k, v]) => (
              <Payload title={k} text={v} />
            ))}
        </Dialog>
      )}
    </>
  );
}

export function ExecutionPage({ arn }: { arn: string }) {
  const [round, setRound] = useState(0);
  const { steps, version, status, lost } = useEvents(arn, round);
  const [described, setDescribed] = useState<any>(null),
    [definition, setDefinition] = useState<any>(null);
  const [error, setError] = useState<Error | null>(null);
  const [selected, setSelected] = useState<Step | undefined>(),
    [tab, setTab] = useState<'states' | 'events' | 'maps' | 'io'>('states');
  const [only, setOnly] = useState<Step | undefined>(),
    [dialog, setDialog] = useState('');
  const [now, setNow] = useState(Date.now() / 1000);
  useEffect(() => {
    call('DescribeExecution', { executionArn: arn }).then(setDescribed, setError);
    call('DescribeStateMachineForExecution', { executionArn: arn }).then(
      (m) => setDefinition(JSON.parse(m.definition)),
      setError,
    );
  }, [arn]);
  const running = status?.status === 'RUNNING';
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now() / 1000), 500);
    return () => clearInterval(timer);
  }, [running]);
  const act = (promise: Promise<unknown>) =>
    promise.then(() => {
      setError(null);
      setRound((r) => r + 1);
    }, setError);
  const failure = status && !running && status.status !== 'SUCCEEDED' ? steps.firstFailure() : undefined;
  const select = (name: string) => {
    const visits = steps.byName.get(name) ?? [];
    setSelected(visits.find((s) => s.status === 'failed') ?? visits[visits.length - 1]);
    setTab('states');
  };
  const end = status?.stopDate ?? now;
  const first = steps.list[0]?.name,
    part = useMemo(() => definition && partOf(definition, first), [definition, first]);
  return (
    <main class="wide">
      <div class="head">
        <h1>
          <a href={link('machines', machineOf(arn))}>{nameOf(machineOf(arn))}</a> <span class="faint">/</span>{' '}
          {described?.mapRunArn && (
            <>
              <a href={link('map-runs', described.mapRunArn)}>Map Run</a> <span class="faint">/</span>{' '}
            </>
          )}
          {nameOf(arn)}
        </h1>
        {status && <Badge status={status.status} />}
        {status && (
          <span class="faint">
            {date(status.startDate)} · {duration(end - status.startDate)}
            {status.redriveCount > 0 && ` · redriven ${status.redriveCount} times`}
          </span>
        )}
        {lost && (
          <span class="trouble-mark" role="status">
            reconnecting…
          </span>
        )}
        <span class="grow" />
        {failure && (
          <button
            type="button"
            onClick={() => {
              setSelected(failure);
              setTab('states');
            }}
          >
            Go to the failure
          </button>
        )}
        {running && (
          <button type="button" class="danger" onClick={() => act(call('StopExecution', { executionArn: arn }))}>
            Stop
          </button>
        )}
        {status && !running && status.status !== 'SUCCEEDED' && !described?.mapRunArn && (
          <button type="button" onClick={() => act(call('RedriveExecution', { executionArn: arn }))}>
            Redrive
          </button>
        )}
        {!described?.mapRunArn && (
          <button type="button" class="primary" onClick={() => setDialog('again')}>
            Start again…
          </button>
        )}
      </div>
      <Trouble error={error} />
      {status?.error !== undefined && (
        <p class="trouble">
          <b>{status.error}</b>
          {status.cause ? `: ${String(status.cause).slice(0, 600)}` : ''}
        </p>
      )}
      <Tasks arn={arn} steps={steps} version={version} />
      <div class="split">
        <section class="pane graph-pane">
          {definition && (
            <Flowchart
              definition={part}
              steps={steps}
              version={version}
              name={nameOf(arn)}
              selected={selected?.name}
              onSelect={select}
            />
          )}
        </section>
        <section class="pane side">
          <nav class="tabs" role="tablist">
            {(
              [
                ['states', 'States'],
                ['events', 'Events'],
                ['maps', 'Map Runs'],
                ['io', 'Input and output'],
              ] as const
            )
              .filter(([key]) => key !== 'maps' || steps.list.some((s) => s.mapRunArn))
              .map(([key, title]) => (
                <button type="button" role="tab" aria-selected={tab === key} onClick={() => setTab(key)}>
                  {title}
                </button>
              ))}
          </nav>
          {tab === 'states' && (
            <>
              <div class={selected ? 'half' : 'whole'}>
                <Timeline
                  steps={steps}
                  version={version}
                  start={status?.startDate ?? now}
                  end={end}
                  selected={selected}
                  onSelect={setSelected}
                />
              </div>
              {selected && (
                <div class="half scroll">
                  <div class="head small">
                    <h2>{selected.name}</h2>
                    <button type="button" class="quiet" aria-label="Close" onClick={() => setSelected(undefined)}>
                      ✕
                    </button>
                  </div>
                  <StepDetail
                    arn={arn}
                    definition={definition}
                    step={selected}
                    steps={steps}
                    onEvents={() => {
                      setOnly(selected);
                      setTab('events');
                    }}
                  />
                </div>
              )}
            </>
          )}
          {tab === 'events' && (
            <div class="whole">
              <Events steps={steps} version={version} only={only} onClear={() => setOnly(undefined)} />
            </div>
          )}
          {tab === 'maps' && (
            <div class="whole scroll">
              <MapRuns steps={steps} />
            </div>
          )}
          {tab === 'io' && (
            <div class="whole scroll">
              <Payload title="Input" text={described?.input} />
              <Payload title="Output" text={status?.output} />
              <Payload title="Cause" text={status?.cause} />
            </div>
          )}
        </section>
      </div>
      {dialog === 'again' && (
        <InputDialog
          title="Start again, with another input if you like"
          memory={`input ${machineOf(arn)}`}
          first={described ? JSON.stringify(JSON.parse(described.input ?? '{}'), null, 2) : '{}'}
          action="Start"
          onClose={() => setDialog('')}
          onDone={async (input) => {
            const started = await call('StartExecution', { stateMachineArn: machineOf(arn), input });
            setDialog('');
            go('executions', started.executionArn);
          }}
        />
      )}
    </main>
  );
}
