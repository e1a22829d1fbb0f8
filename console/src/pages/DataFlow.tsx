// DataFlow.tsx: what each field of a state makes of its input: TestState's inspection data.

import { useState } from 'preact/hooks';
import { call } from '../api';
import { machineOf, nameOf } from '../route';
import type { Step, Steps } from '../steps';
import { Payload, Trouble } from '../ui/parts';
import { stateOf } from './Machine';

const stages: Record<string, string> = {
  input: 'Input',
  afterInputPath: 'after InputPath',
  afterItemsPath: 'after ItemsPath',
  afterParameters: 'after Parameters',
  afterArguments: 'after Arguments',
  result: 'Result',
  afterResultSelector: 'after ResultSelector',
  afterResultPath: 'after ResultPath',
  variables: 'Variables',
};

export function Stages({ result }: { result: any }) {
  const data = result.inspectionData ?? {};
  return (
    <>
      {Object.entries(stages).map(([key, title]) => (
        <Payload title={title} text={data[key]} />
      ))}
      <Payload title="Output (after OutputPath or Output)" text={result.output} />
    </>
  );
}

// The state as it stands alone, with the language that the machine gives it
export function alone(definition: any, name: string): any {
  const state = stateOf(definition, name);
  return definition.QueryLanguage && !state.QueryLanguage
    ? { ...state, QueryLanguage: definition.QueryLanguage }
    : state;
}

function mockOf(state: any, step: Step, steps: Steps): any {
  if (!['Task', 'Map', 'Parallel'].includes(state.Type)) return undefined;
  if (step.error !== undefined) return { errorOutput: { error: step.error, cause: step.cause ?? '' } };
  const result = step.result ?? (state.Type === 'Task' ? undefined : steps.childrenResult(step, state.Branches));
  return result === undefined ? undefined : { result, fieldValidationMode: 'NONE' };
}

function contextOf(arn: string, step: Step): string {
  const machine = machineOf(arn);
  return JSON.stringify({
    Execution: { Id: arn, Name: nameOf(arn) },
    State: { Name: step.name, EnteredTime: new Date(step.entered * 1000).toISOString() },
    StateMachine: { Id: machine, Name: nameOf(machine) },
  });
}

// Works the visit out again from what its events say: nothing is called.
async function inspect(arn: string, definition: any, step: Step, steps: Steps): Promise<any> {
  const state = alone(definition, step.name),
    mock = mockOf(state, step, steps);
  if (!mock && ['Task', 'Map', 'Parallel'].includes(state.Type))
    throw new Error('What it answered is not known yet.');
  const variables = steps.variablesBefore(step);
  const request = {
    definition: JSON.stringify(state),
    input: step.input,
    inspectionLevel: 'DEBUG',
    ...(Object.keys(variables).length > 0 && { variables: JSON.stringify(variables) }),
    ...(mock && { mock }),
  };
  if (!mock) return call('TestState', request);
  return call('TestState', { ...request, context: contextOf(arn, step) }).catch(() => call('TestState', request));
}

export function DataFlow({
  arn,
  definition,
  step,
  steps,
}: {
  arn: string;
  definition: any;
  step: Step;
  steps: Steps;
}) {
  const [shown, setShown] = useState<{ step: Step; result?: any; error?: Error } | null>(null);
  if (shown?.step !== step)
    return (
      <p>
        <button
          type="button"
          onClick={() =>
            inspect(arn, definition, step, steps).then(
              (result) => setShown({ step, result }),
              (error) => setShown({ step, error }),
            )
          }
        >
          Show its data flow
        </button>{' '}
        <span class="faint">the value after each of its fields</span>
      </p>
    );
  return (
    <section class="data-flow" aria-label="Data flow">
      <Trouble error={shown.error ?? null} />
      {shown.result && <Stages result={shown.result} />}
    </section>
  );
}
