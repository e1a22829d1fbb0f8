// Machines.tsx: all state machines, how they fare and what ran last.

import { useEffect, useState } from 'preact/hooks';
import { ask, onChange, type Machine } from '../api';
import { link } from '../route';
import { date } from '../text';
import { Trouble } from '../ui/parts';

function Rate({ counts }: { counts: Machine['counts'] }) {
  const ended = counts.SUCCEEDED + counts.FAILED + counts.TIMED_OUT + counts.ABORTED;
  if (ended === 0) return <span class="faint">no run has ended yet</span>;
  const rate = counts.SUCCEEDED / ended;
  return (
    <span class="rate" title={`${counts.SUCCEEDED} of ${ended} succeeded since the server started`}>
      <svg width="90" height="8" role="img" aria-label={`${Math.round(rate * 100)} percent succeeded`}>
        <rect class="rate-bad" width="90" height="8" rx="4" /><rect class="rate-good" width={90 * rate} height="8" rx="4" />
      </svg>
      {Math.round(rate * 100)} %
    </span>
  );
}

export function Machines() {
  const [list, setList] = useState<Machine[] | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [filter, setFilter] = useState('');
  useEffect(() => {
    const read = () => ask<{ stateMachines: Machine[] }>('machines').then((a) => { setList(a.stateMachines); setError(null); }, setError);
    read();
    return onChange(read);
  }, []);
  const shown = (list ?? []).filter((m) => m.name.toLowerCase().includes(filter.toLowerCase()));
  return (
    <main>
      <div class="head">
        <h1>State machines</h1>
        <input type="search" placeholder="Filter by name" aria-label="Filter by name" value={filter} onInput={(e) => setFilter(e.currentTarget.value)} />
        <a class="button primary" href={link('new')}>Create state machine</a>
      </div>
      <Trouble error={error} />
      {list && list.length === 0 && (
        <div class="empty"><h2>There is no state machine yet</h2><p>Create one here, or with the AWS CLI, Terraform or any SDK pointed at this server.</p><a class="button primary" href={link('new')}>Create state machine</a></div>
      )}
      {shown.length > 0 && (
        <div class="table-holder"><table>
          <thead><tr><th>Name</th><th>Running</th><th>Succeeded</th><th>Last executions, newest first</th><th>Type</th><th>Created</th></tr></thead>
          <tbody>
            {shown.map((m) => (
              <tr key={m.stateMachineArn}>
                <td><a href={link('machines', m.stateMachineArn)}>{m.name}</a></td>
                <td>{m.counts.RUNNING > 0 ? <b class="live">{m.counts.RUNNING.toLocaleString()}</b> : <span class="faint">0</span>}</td>
                <td><Rate counts={m.counts} /></td>
                <td><span class="recent">{m.recent.map((r) => (
                  <a class={`chip ${r.status.toLowerCase()}`} href={link('executions', r.executionArn)} title={`${r.name}: ${r.status.toLowerCase()}, ${date(r.startDate)}`} aria-label={`${r.name}, ${r.status.toLowerCase()}`}>
                    {r.status === 'SUCCEEDED' ? '✓' : r.status === 'RUNNING' ? '●' : r.status === 'ABORTED' ? '■' : '✕'}
                  </a>))}</span>{m.type === 'EXPRESS' && <span class="faint">Express executions are not kept</span>}</td>
                <td>{m.type.toLowerCase()}</td>
                <td class="faint">{date(m.creationDate)}</td>
              </tr>
            ))}
          </tbody>
        </table></div>
      )}
    </main>
  );
}
