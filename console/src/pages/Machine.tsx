// Machine.tsx: one state machine: its flowchart and its executions.

import { useEffect, useMemo, useState } from 'preact/hooks';
import { call, onChange, type Run, type Status } from '../api';
import { Flowchart } from '../graph/Flowchart';
import { go, link } from '../route';
import { date, duration, pretty } from '../text';
import { Badge, Dialog, InputDialog, Trouble } from '../ui/parts';
import { alone, Stages } from './DataFlow';

const statuses: Status[] = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

export function stateOf(definition: any, name: string): any {
  if (!definition || typeof definition !== 'object') return undefined;
  for (const [key, state] of Object.entries<any>(definition.States ?? {})) {
    if (key === name) return state;
    for (const inner of [...(state?.Branches ?? []), state?.ItemProcessor, state?.Iterator]) {
      const found = inner && stateOf(inner, name);
      if (found) return found;
    }
  }
  return undefined;
}

// One state with input of one's own: what each of its fields makes of it
export function TestDialog({
  definition,
  name,
  roleArn,
  onClose,
}: {
  definition: any;
  name: string;
  roleArn: string;
  onClose: () => void;
}) {
  const [result, setResult] = useState<any>(null);
  if (result) {
    return (
      <Dialog title={`Test of ${name}`} onClose={onClose}>
        <p>
          <Badge status={result.status === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED'} />{' '}
          {result.nextState && (
            <>
              next: <b>{result.nextState}</b>
            </>
          )}
        </p>
        {result.error && (
          <p class="trouble">
            {result.error}: {result.cause}
          </p>
        )}
        <Stages result={result} />
        <footer>
          <button type="button" onClick={() => setResult(null)}>
            Again
          </button>
        </footer>
      </Dialog>
    );
  }
  return (
    <InputDialog
      title={`Test ${name} alone`}
      memory={`test ${name}`}
      action="Test"
      onClose={onClose}
      onDone={async (input) => {
        const state = JSON.stringify(alone(definition, name));
        setResult(await call('TestState', { definition: state, input, roleArn, inspectionLevel: 'DEBUG' }));
      }}
    />
  );
}

function Executions({ arn }: { arn: string }) {
  const [runs, setRuns] = useState<Run[]>([]);
  const [token, setToken] = useState<string | undefined>();
  const [status, setStatus] = useState<Status | ''>('');
  const [text, setText] = useState(''),
    [since, setSince] = useState('');
  const [error, setError] = useState<Error | null>(null);
  const read = async (more?: string) => {
    try {
      const page = await call<{ executions: Run[]; nextToken?: string }>('ListExecutions', {
        stateMachineArn: arn,
        maxResults: 100,
        ...(status && { statusFilter: status }),
        ...(more && { nextToken: more }),
      });
      setRuns((old) => (more ? [...old, ...page.executions] : page.executions));
      setToken(page.nextToken);
      setError(null);
    } catch (trouble) {
      setError(trouble as Error);
    }
  };
  useEffect(() => {
    read();
    return onChange(() => read());
  }, [arn, status]);
  const from = since ? new Date(since).getTime() / 1000 : 0;
  const shown = runs.filter((r) => r.name.toLowerCase().includes(text.toLowerCase()) && r.startDate >= from);
  return (
    <section class="pane">
      <div class="head small">
        <h2>Executions</h2>
        <select aria-label="Status" value={status} onChange={(e) => setStatus(e.currentTarget.value as Status)}>
          <option value="">all</option>
          {statuses.map((s) => (
            <option value={s}>{s.toLowerCase().replace('_', ' ')}</option>
          ))}
        </select>
        <input
          type="search"
          placeholder="Name"
          aria-label="Filter by name"
          value={text}
          onInput={(e) => setText(e.currentTarget.value)}
        />
        <input
          type="datetime-local"
          aria-label="Started since"
          title="Started since"
          value={since}
          onInput={(e) => setSince(e.currentTarget.value)}
        />
      </div>
      <Trouble error={error} />
      <div class="table-holder">
        <table>
          <thead>
            <tr>
              <th>Name</th>
              <th>Status</th>
              <th>Started</th>
              <th>Took</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((r) => (
              <tr key={r.executionArn}>
                <td>
                  <a href={link('executions', r.executionArn)}>{r.name}</a>
                </td>
                <td>
                  <Badge status={r.status} />
                </td>
                <td class="faint">{date(r.startDate)}</td>
                <td>{r.stopDate ? duration(r.stopDate - r.startDate) : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length === 0 && !error && <p class="faint">There is none.</p>}
      {token && (
        <button type="button" onClick={() => read(token)}>
          Show more
        </button>
      )}
    </section>
  );
}

export function MachinePage({ arn }: { arn: string }) {
  const [machine, setMachine] = useState<any>(null);
  const [error, setError] = useState<Error | null>(null);
  const [dialog, setDialog] = useState<'start' | 'test' | ''>('');
  const [selected, setSelected] = useState('');
  useEffect(() => {
    call('DescribeStateMachine', { stateMachineArn: arn }).then(setMachine, setError);
  }, [arn]);
  const definition = useMemo(() => (machine ? JSON.parse(machine.definition) : null), [machine]);
  if (!machine)
    return (
      <main>
        <Trouble error={error} />
      </main>
    );
  return (
    <main class="wide">
      <div class="head">
        <h1>{machine.name}</h1>
        <span class="faint">
          {machine.type.toLowerCase()}
          {definition.Comment ? ` · ${definition.Comment}` : ''}
        </span>
        <a class="button" href={link('edit', arn)}>
          Edit
        </a>
        <button type="button" class="primary" onClick={() => setDialog('start')}>
          Start execution
        </button>
      </div>
      <div class="split">
        <section class="pane graph-pane">
          <Flowchart definition={definition} name={machine.name} selected={selected} onSelect={setSelected} />
        </section>
        <div class="stack">
          {selected && (
            <section class="pane">
              <div class="head small">
                <h2>{selected}</h2>
                <button type="button" onClick={() => setDialog('test')}>
                  Test this state
                </button>
                <button type="button" class="quiet" aria-label="Close" onClick={() => setSelected('')}>
                  ✕
                </button>
              </div>
              <pre tabIndex={0} aria-label="Definition of the state">
                {pretty(stateOf(definition, selected))}
              </pre>
            </section>
          )}
          {machine.type === 'STANDARD' ? (
            <Executions arn={arn} />
          ) : (
            <section class="pane">
              <h2>Executions</h2>
              <p class="faint">Executions of Express state machines are not kept. Their log has what they did.</p>
            </section>
          )}
        </div>
      </div>
      {dialog === 'start' && (
        <InputDialog
          title={`Start ${machine.name}`}
          memory={`input ${arn}`}
          action="Start"
          named
          onClose={() => setDialog('')}
          onDone={async (input, name) => {
            const sync = machine.type === 'EXPRESS';
            const started = await call(sync ? 'StartSyncExecution' : 'StartExecution', {
              stateMachineArn: arn,
              input,
              ...(name && { name }),
            });
            setDialog('');
            if (sync) alert(`${started.status}\n${started.output ?? started.cause ?? ''}`);
            else go('executions', started.executionArn);
          }}
        />
      )}
      {dialog === 'test' && (
        <TestDialog
          definition={definition}
          name={selected}
          roleArn={machine.roleArn}
          onClose={() => setDialog('')}
        />
      )}
    </main>
  );
}
