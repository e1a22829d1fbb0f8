// layout.ts: where everything stands. A state with states inside is laid out first, and is a box of that size in
// the graph around it.

import * as dagre from '@dagrejs/dagre';
import type { Edge, Graph, Node } from './model';

export interface Box { name: string; type: string; note: string; x: number; y: number; width: number; height: number; nested: boolean; collapsed: boolean; depth: number }
export interface Line { edge: Edge; points: { x: number; y: number }[]; label?: { x: number; y: number } }
export interface Dot { x: number; y: number; end: boolean }
export interface Picture { width: number; height: number; boxes: Box[]; lines: Line[]; dots: Dot[] }

const START = ' start', END = ' end', HEAD = 34, PAD = 16;

const textWidth = (text: string, size: number) => text.length * size * 0.56;
const widthOf = (node: Node) => Math.min(300, Math.max(150, 62 + Math.max(textWidth(node.name, 13.5), textWidth(node.note, 11.5))));

function move(picture: Picture, x: number, y: number): Picture {
  const shift = (p: { x: number; y: number }) => ({ ...p, x: p.x + x, y: p.y + y });
  return {
    ...picture,
    boxes: picture.boxes.map((b) => shift(b) as Box),
    dots: picture.dots.map((d) => shift(d) as Dot),
    lines: picture.lines.map((l) => ({ ...l, points: l.points.map(shift), label: l.label && shift(l.label) })),
  };
}

// Branches side by side
function row(pictures: Picture[]): Picture {
  const all: Picture = { width: 0, height: 0, boxes: [], lines: [], dots: [] };
  for (const picture of pictures) {
    const moved = move(picture, all.width ? all.width + PAD : 0, 0);
    all.boxes.push(...moved.boxes);
    all.lines.push(...moved.lines);
    all.dots.push(...moved.dots);
    all.width += (all.width ? PAD : 0) + picture.width;
    all.height = Math.max(all.height, picture.height);
  }
  return all;
}

export function layout(graph: Graph, collapsed: Set<string>, depth = 0): Picture {
  const g = new dagre.graphlib.Graph({ multigraph: true });
  const inner = new Map<string, Picture>();
  g.setGraph({ rankdir: 'TB', nodesep: 26, ranksep: 38, edgesep: 18, marginx: 8, marginy: 8 });
  for (const node of graph.nodes) {
    const open = node.inner.some((i) => i.nodes.length > 0) && !collapsed.has(node.name);
    if (open) inner.set(node.name, row(node.inner.map((i) => layout(i, collapsed, depth + 1))));
    const inside = inner.get(node.name);
    g.setNode(node.name, inside
      ? { width: Math.max(widthOf(node), inside.width + 2 * PAD), height: inside.height + HEAD + PAD }
      : { width: widthOf(node), height: node.note ? 50 : 40 });
  }
  g.setNode(START, { width: 18, height: 18 });
  if (g.hasNode(graph.start)) g.setEdge(START, graph.start, {}, 'start');
  graph.edges.forEach((edge, i) => g.setEdge(edge.from, edge.to,
    edge.label ? { width: textWidth(edge.label, 11) + 8, height: 16, labelpos: 'c', edge } : { edge }, String(i)));
  const ends = graph.nodes.filter((n) => !graph.edges.some((e) => e.from === n.name && e.kind !== 'catch'));
  if (ends.length > 0) g.setNode(END, { width: 18, height: 18 });
  ends.forEach((n) => g.setEdge(n.name, END, { end: true }, `end-${n.name}`));
  dagre.layout(g);
  return collect(g, graph, inner, collapsed, depth);
}

function collect(g: any, graph: Graph, inner: Map<string, Picture>, collapsed: Set<string>, depth: number): Picture {
  const size = g.graph();
  const picture: Picture = { width: size.width || 0, height: size.height || 0, boxes: [], lines: [], dots: [] };
  for (const node of graph.nodes) {
    const at = g.node(node.name), x = at.x - at.width / 2, y = at.y - at.height / 2;
    const nested = node.inner.some((i) => i.nodes.length > 0);
    picture.boxes.push({ name: node.name, type: node.type, note: node.note, x, y, width: at.width, height: at.height, nested, collapsed: nested && collapsed.has(node.name), depth });
    const inside = inner.get(node.name);
    if (inside) {
      const moved = move(inside, x + (at.width - inside.width) / 2, y + HEAD);
      picture.boxes.push(...moved.boxes);
      picture.lines.push(...moved.lines);
      picture.dots.push(...moved.dots);
    }
  }
  for (const id of g.edges()) {
    const at = g.edge(id);
    const edge: Edge = at.edge ?? { from: id.v, to: id.w, kind: 'next', label: '' };
    picture.lines.push({ edge, points: at.points, label: edge.label ? { x: at.x, y: at.y } : undefined });
  }
  for (const name of [START, END])
    if (g.hasNode(name)) picture.dots.push({ x: g.node(name).x, y: g.node(name).y, end: name === END });
  return picture;
}

// A smooth line through the points
export function path(points: { x: number; y: number }[]): string {
  const n = (v: number) => v.toFixed(1);
  let d = `M${n(points[0].x)},${n(points[0].y)}`;
  for (let i = 1; i < points.length - 1; i++) {
    const a = points[i], b = points[i + 1];
    const end = i === points.length - 2 ? b : { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    d += `Q${n(a.x)},${n(a.y)} ${n(end.x)},${n(end.y)}`;
  }
  if (points.length === 2) d += `L${n(points[1].x)},${n(points[1].y)}`;
  return d;
}
