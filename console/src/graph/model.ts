// model.ts: a definition as a graph: states, and what leads from one to the next. Parallel and Map states have
// graphs inside. State names are unique in a whole machine, so a name is a state.

export type EdgeKind = 'next' | 'choice' | 'default' | 'catch';
export interface Edge { from: string; to: string; kind: EdgeKind; label: string }
export interface Node { name: string; type: string; note: string; inner: Graph[] }
export interface Graph { start: string; nodes: Node[]; edges: Edge[] }

type Json = any;

const isObject = (v: unknown): v is Record<string, Json> => typeof v === 'object' && v !== null && !Array.isArray(v);
const shorten = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const signs: Record<string, string> = {
  Equals: '=', LessThanEquals: '≤', GreaterThanEquals: '≥', LessThan: '<', GreaterThan: '>', Matches: 'matches',
};

// What a choice rule asks, in a few words.
export function describeRule(rule: Json): string {
  if (!isObject(rule)) return '';
  if (typeof rule.Condition === 'string') return rule.Condition.replace(/^\{%\s*|\s*%\}$/g, '');
  if (Array.isArray(rule.And)) return rule.And.map(describeRule).join(' and ');
  if (Array.isArray(rule.Or)) return rule.Or.map(describeRule).join(' or ');
  if (isObject(rule.Not)) return `not ${describeRule(rule.Not)}`;
  const variable = String(rule.Variable ?? '').replace(/^\$\./, '');
  for (const [key, value] of Object.entries(rule)) {
    if (key.startsWith('Is')) return `${variable} is ${value ? '' : 'not '}${key.slice(2).toLowerCase()}`;
    const match = /^(?:String|Numeric|Boolean|Timestamp)(.*?)(Path)?$/.exec(key);
    const sign = match && signs[match[1]];
    if (sign) return `${variable} ${sign} ${typeof value === 'string' ? value.replace(/^\$\./, '') : JSON.stringify(value)}`;
  }
  return variable;
}

function noteOf(state: Json): string {
  if (state.Type === 'Task' && typeof state.Resource === 'string') {
    const parts = state.Resource.split(':');
    const name = isObject(state.Parameters ?? state.Arguments) ? (state.Parameters ?? state.Arguments).FunctionName : '';
    if (/:function:/.test(state.Resource)) return `λ ${parts[6]}`;
    if (parts[5] === 'lambda' && typeof name === 'string' && name) return `λ ${name.split(':').pop()}`;
    return shorten(parts.slice(5).join(':'), 34);
  }
  if (state.Type === 'Wait') {
    const what = state.Seconds ?? state.SecondsPath ?? state.Timestamp ?? state.TimestampPath;
    return what === undefined ? '' : `${what}${typeof what === 'number' ? ' s' : ''}`;
  }
  if (state.Type === 'Map') return state.MaxConcurrency ? `${state.MaxConcurrency} at once` : '';
  return state.Type === 'Fail' ? shorten(String(state.Error ?? ''), 34) : '';
}

const errorsOf = (catcher: Json) => shorten((Array.isArray(catcher.ErrorEquals) ? catcher.ErrorEquals : []).join(', '), 30);

function edgesOf(name: string, state: Json): Edge[] {
  const edges: Edge[] = [];
  const add = (to: unknown, kind: EdgeKind, label = '') => {
    if (typeof to === 'string') edges.push({ from: name, to, kind, label });
  };
  for (const rule of Array.isArray(state.Choices) ? state.Choices : [])
    if (isObject(rule)) add(rule.Next, 'choice', shorten(describeRule(rule), 38));
  add(state.Default, 'default', 'otherwise');
  add(state.Next, 'next');
  for (const catcher of Array.isArray(state.Catch) ? state.Catch : [])
    if (isObject(catcher)) add(catcher.Next, 'catch', errorsOf(catcher));
  return edges;
}

function innerOf(state: Json): Graph[] {
  const list = Array.isArray(state.Branches) ? state.Branches : [state.ItemProcessor ?? state.Iterator];
  return list.filter(isObject).map(readGraph);
}

// As much as can be made of it: a definition that is being typed has gaps.
export function readGraph(definition: Json): Graph {
  const graph: Graph = { start: typeof definition?.StartAt === 'string' ? definition.StartAt : '', nodes: [], edges: [] };
  const states = isObject(definition?.States) ? definition.States : {};
  for (const [name, state] of Object.entries(states)) {
    if (!isObject(state)) continue;
    graph.nodes.push({ name, type: String(state.Type ?? '?'), note: noteOf(state), inner: innerOf(state) });
    graph.edges.push(...edgesOf(name, state));
  }
  const known = new Set(graph.nodes.map((n) => n.name));
  graph.edges = graph.edges.filter((e) => known.has(e.to));
  return graph;
}
