// api.ts: the same API as every client's, and what the console has besides it.

export class ApiError extends Error {
  constructor(public kind: string, message: string, public status: number) {
    super(message);
  }
}

type Json = Record<string, any>;

async function read(response: Response): Promise<Json> {
  const text = await response.text();
  const body = text ? JSON.parse(text) : {};
  if (response.ok) return body;
  const kind = String(body.__type || '').split('#').pop() || '';
  throw new ApiError(kind, body.message || body.Message || response.statusText, response.status);
}

export async function call<T = Json>(action: string, input: Json = {}): Promise<T> {
  const response = await fetch('/', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.0',
      'X-Amz-Target': `AWSStepFunctions.${action}`,
      'X-Stepwell-Console': '1',
    },
    body: JSON.stringify(input),
  });
  return (await read(response)) as T;
}

export async function ask<T = Json>(what: string, query: Record<string, string> = {}): Promise<T> {
  const search = new URLSearchParams(query).toString();
  return (await read(await fetch(`/console/${what}${search ? `?${search}` : ''}`))) as T;
}

export async function post(what: string, body: Json = {}): Promise<void> {
  const headers = { 'Content-Type': 'application/json', 'X-Stepwell-Console': '1' };
  await read(await fetch(`/console/${what}`, { method: 'POST', headers, body: JSON.stringify(body) }));
}

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface Session { account: string; region: string; version: string; login: 'none' | 'required' | 'done' }
export interface Run { executionArn: string; name: string; status: Status; startDate: number; stopDate?: number }
export interface Machine {
  stateMachineArn: string; name: string; type: string; creationDate: number;
  counts: Record<Status, number>; recent: Run[];
}
export interface OpenTask { stateName: string; scheduledEventId: number; kind: string; taskToken: string }
export interface HistoryEvent { id: number; previousEventId: number; timestamp: number; type: string; [details: string]: any }

// Called when something has changed, at most twice a second; returns what ends it.
export function onChange(changed: () => void): () => void {
  const source = new EventSource('/console/changes');
  let timer = 0;
  source.addEventListener('change', () => {
    if (!timer) timer = window.setTimeout(() => { timer = 0; changed(); }, 250);
  });
  return () => { source.close(); clearTimeout(timer); };
}
