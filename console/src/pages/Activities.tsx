// Activities.tsx: what workers ask for.

import { useEffect, useState } from 'preact/hooks';
import { call } from '../api';
import { date } from '../text';
import { Trouble } from '../ui/parts';

export function Activities() {
  const [list, setList] = useState<any[]>([]), [name, setName] = useState(''), [error, setError] = useState<Error | null>(null);
  const read = () => call('ListActivities', { maxResults: 1000 }).then((a) => setList(a.activities), setError);
  useEffect(() => { read(); }, []);
  const create = (e: Event) => { e.preventDefault(); call('CreateActivity', { name }).then(() => { setName(''); setError(null); read(); }, setError); };
  return (
    <main>
      <div class="head"><h1>Activities</h1><form class="inline" onSubmit={create}><input aria-label="Name of a new activity" placeholder="Name" value={name} onInput={(e) => setName(e.currentTarget.value)} /><button type="submit" class="primary">Create activity</button></form></div>
      <Trouble error={error} />
      {list.length === 0 ? <p class="faint">There is no activity. A worker asks for an activity's tasks with GetActivityTask.</p> : (
        <div class="table-holder"><table><thead><tr><th>Name</th><th>ARN</th><th>Created</th></tr></thead>
          <tbody>{list.map((a) => <tr key={a.activityArn}><td>{a.name}</td><td><code>{a.activityArn}</code></td><td class="faint">{date(a.creationDate)}</td></tr>)}</tbody></table></div>)}
    </main>
  );
}
