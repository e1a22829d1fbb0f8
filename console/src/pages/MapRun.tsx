// MapRun.tsx: one run of a distributed Map, live: how its children are getting on, and which of them failed.

import { useEffect, useRef, useState } from 'preact/hooks';
import { call, onChange, type Run, type Status } from '../api';
import { link, machineOf, nameOf } from '../route';
import { clock, date, duration } from '../text';
import { Badge, Buttons, Dialog, Trouble, VirtualList } from '../ui/parts';

const kinds = ['succeeded', 'failed', 'timedOut', 'aborted', 'running', 'pending'] as const;
const words: Record<string, string> = { timedOut: 'timed out' };
const colours: Record<string, string> = { timedOut: 'failed', pending: 'none' };

export interface Described {
  mapRunArn: string;
  executionArn: string;
  status: Status;
  startDate: number;
  stopDate?: number;
  maxConcurrency: number;
  toleratedFailureCount: number;
  toleratedFailurePercentage: number;
  itemCounts: Record<string, number>;
  executionCounts: Record<string, number>;
  redriveCount?: number;
}

// How far it is, as a bar and in words
export function Progress({ counts, label }: { counts: Record<string, number>; label: string }) {
  const total = Math.max(1, counts.total);
  let left = 0;
  const shown = kinds.filter((kind) => counts[kind] > 0);
  return (
    <div class="progress">
      <svg width="100%" height="14" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
        <rect class="bar none" x="0" y="2" width="100" height="10" />
        {shown.map((kind) => {
          const width = (counts[kind] / total) * 100,
            x = left;
          left += width;
          return <rect class={`bar ${colours[kind] ?? kind}`} x={x} y="2" width={width} height="10" />;
        })}
      </svg>
      <p>
        <b>{label}</b> {counts.total.toLocaleString()}
        {shown.map((kind) => ` · ${counts[kind].toLocaleString()} ${words[kind] ?? kind}`)}
      </p>
    </div>
  );
}

export function useMapRun(arn?: string) {
  const [run, setRun] = useState<Described | null>(null),
    [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    if (!arn) return;
    const read = () => call<Described>('DescribeMapRun', { mapRunArn: arn }).then(setRun, setError);
    read();
    return onChange(read);
  }, [arn]);
  return { run, error };
}

const PAGE = 1000,
  MOST = 20000;

// Children page by page, newest first; what is there already is not asked for again while nothing changes.
function useChildren(arn: string, status: string) {
  const [children, setChildren] = useState<Run[]>([]),
    [error, setError] = useState<Error | null>(null);
  const round = useRef(0);
  useEffect(() => {
    const read = async () => {
      const mine = ++round.current;
      let list: Run[] = [],
        nextToken: string | undefined;
      do {
        const page = await call<{ executions: Run[]; nextToken?: string }>('ListExecutions', {
          mapRunArn: arn,
          maxResults: PAGE,
          ...(status && { statusFilter: status }),
          ...(nextToken && { nextToken }),
        });
        if (mine !== round.current) return;
        list = [...list, ...page.executions];
        nextToken = page.nextToken;
      } while (nextToken && list.length < MOST);
      setChildren(list);
    };
    const look = () => {
      read().catch(setError);
    };
    look();
    const stop = onChange(look);
    return () => {
      round.current++;
      stop();
    };
  }, [arn, status]);
  return { children, error };
}

function UpdateDialog({ run, onClose }: { run: Described; onClose: () => void }) {
  const [values, setValues] = useState<Record<string, string>>({
    maxConcurrency: String(run.maxConcurrency),
    toleratedFailureCount: String(run.toleratedFailureCount),
    toleratedFailurePercentage: String(run.toleratedFailurePercentage),
  });
  const [error, setError] = useState<Error | null>(null);
  const titles: Record<string, string> = {
    maxConcurrency: 'Children at a time (0: as many as there may be)',
    toleratedFailureCount: 'Failed items that are tolerated',
    toleratedFailurePercentage: 'Percentage of failed items that is tolerated',
  };
  const submit = (e: Event) => {
    e.preventDefault();
    const changed = Object.entries(values).filter(([key, text]) => text !== String((run as any)[key]));
    const input = Object.fromEntries(changed.map(([key, text]) => [key, Number(text)]));
    call('UpdateMapRun', { mapRunArn: run.mapRunArn, ...input }).then(onClose, setError);
  };
  return (
    <Dialog title="Change the Map Run" onClose={onClose}>
      <form onSubmit={submit}>
        {Object.entries(values).map(([key, text]) => (
          <label key={key}>
            {titles[key]}{' '}
            <input
              inputMode="decimal"
              value={text}
              onInput={(e) => setValues({ ...values, [key]: e.currentTarget.value })}
            />
          </label>
        ))}
        <Trouble error={error} />
        <Buttons action="Change" onClose={onClose} />
      </form>
    </Dialog>
  );
}

const filters: Status[] = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

function Children({ arn, status, onStatus }: { arn: string; status: string; onStatus: (s: string) => void }) {
  const { children, error } = useChildren(arn, status);
  const first = children.reduce<Run | undefined>(
    (best, c) => (/FAILED|TIMED_OUT/.test(c.status) && (!best || c.startDate <= best.startDate) ? c : best),
    undefined,
  );
  return (
    <section class="pane children">
      <div class="head small">
        <h2>Children</h2>
        <select aria-label="Status" value={status} onChange={(e) => onStatus(e.currentTarget.value)}>
          <option value="">all</option>
          {filters.map((s) => (
            <option value={s}>{s.toLowerCase().replace('_', ' ')}</option>
          ))}
        </select>
        <span class="faint">{children.length.toLocaleString()} shown</span>
        <span class="grow" />
        {first && (
          <a class="button" href={link('executions', first.executionArn)}>
            Go to the first failure
          </a>
        )}
      </div>
      <Trouble error={error} />
      <VirtualList
        items={children}
        label="Children, the newest first"
        row={(c) => (
          <a role="listitem" class="row" key={c.executionArn} href={link('executions', c.executionArn)}>
            <Badge status={c.status} />
            <span class="row-name">{c.name}</span>
            <span class="row-time">{clock(c.startDate)}</span>
            <span class="row-time">{c.stopDate !== undefined ? duration(c.stopDate - c.startDate) : ''}</span>
          </a>
        )}
      />
    </section>
  );
}

export function MapRunPage({ arn }: { arn: string }) {
  const { run, error } = useMapRun(arn);
  const [status, setStatus] = useState(''),
    [dialog, setDialog] = useState(false);
  const [now, setNow] = useState(Date.now() / 1000);
  const running = run?.status === 'RUNNING';
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now() / 1000), 500);
    return () => clearInterval(timer);
  }, [running]);
  return (
    <main class="wide map-run">
      <div class="head">
        <h1>
          <a href={link('machines', machineOf(arn))}>{nameOf(machineOf(arn))}</a> <span class="faint">/</span>{' '}
          {run && <a href={link('executions', run.executionArn)}>{nameOf(run.executionArn)}</a>}{' '}
          <span class="faint">/</span> Map Run
        </h1>
        {run && <Badge status={run.status} />}
        {run && (
          <span class="faint">
            {date(run.startDate)} · {duration((run.stopDate ?? now) - run.startDate)}
            {(run.redriveCount ?? 0) > 0 && ` · redriven ${run.redriveCount} times`}
          </span>
        )}
        <span class="grow" />
        {running && (
          <button type="button" onClick={() => setDialog(true)}>
            Change…
          </button>
        )}
      </div>
      <Trouble error={error} />
      {run && (
        <section class="pane">
          <Progress counts={run.itemCounts} label="Items" />
          <Progress counts={run.executionCounts} label="Children" />
          <p class="faint">
            {run.maxConcurrency === 0 ? 'as many at a time as there may be' : `${run.maxConcurrency} at a time`} ·
            tolerates {run.toleratedFailureCount} failed items
            {run.toleratedFailurePercentage > 0 && ` or ${run.toleratedFailurePercentage} % of them`}
          </p>
        </section>
      )}
      <Children arn={arn} status={status} onStatus={setStatus} />
      {dialog && run && <UpdateDialog run={run} onClose={() => setDialog(false)} />}
    </main>
  );
}
