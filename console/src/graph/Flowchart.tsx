// Flowchart.tsx: the picture: pan by dragging, zoom by the wheel or + and -, fit by 0, states by Tab and Enter.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { layout, path, type Box } from './layout';
import { readGraph } from './model';
import { download } from '../text';
import type { Steps, StepStatus } from '../steps';
import exportStyle from './export.css?raw';

const icons: Record<StepStatus, string> = {
  running: '●', waiting: '◷', succeeded: '✓', failed: '✕', caught: '↷', aborted: '■',
};
const words: Record<StepStatus, string> = {
  running: 'running', waiting: 'waiting', succeeded: 'succeeded', failed: 'failed', caught: 'failed, and caught', aborted: 'aborted',
};
const glyphs: Record<string, string> = {
  Task: '⚙', Choice: '◇', Wait: '◷', Pass: '→', Parallel: '∥', Map: '≡', Succeed: '✓', Fail: '✕',
};

interface Props {
  definition: any; steps?: Steps; version?: number; selected?: string; name: string;
  onSelect?: (name: string) => void;
}

interface View { x: number; y: number; scale: number }

function countsOf(steps: Steps | undefined, name: string): string {
  const c = steps?.counts(name);
  if (!c || c.total < 2) return '';
  const parts = [['✓', c.succeeded], ['●', c.running], ['↷', c.caught], ['✕', c.failed], ['■', c.aborted]] as const;
  return parts.filter(([, n]) => n > 0).map(([sign, n]) => `${n.toLocaleString()} ${sign}`).join('  ');
}

export function Flowchart({ definition, steps, version, selected, name, onSelect }: Props) {
  const [collapsed, setCollapsed] = useState(new Set<string>());
  const graph = useMemo(() => readGraph(definition), [definition]);
  const picture = useMemo(() => layout(graph, collapsed), [graph, collapsed]);
  const holder = useRef<HTMLDivElement>(null), svg = useRef<SVGSVGElement>(null);
  const [view, setView] = useState<View>({ x: 0, y: 0, scale: 1 });
  const drag = useRef<{ x: number; y: number; from: View } | null>(null);
  const touched = useRef(false);
  void version;

  const fit = () => {
    const box = holder.current?.getBoundingClientRect();
    if (!box || picture.width === 0) return;
    const scale = Math.min(1.25, (box.width - 24) / picture.width, (box.height - 24) / picture.height);
    touched.current = false;
    setView({ scale, x: (box.width - picture.width * scale) / 2, y: Math.max(12, (box.height - picture.height * scale) / 2) });
  };
  useEffect(fit, [picture]);
  useEffect(() => {
    const observer = new ResizeObserver(() => { if (!touched.current) fit(); });
    observer.observe(holder.current!);
    return () => observer.disconnect();
  }, [picture]);

  const zoom = (factor: number, x?: number, y?: number) => {
    const box = holder.current!.getBoundingClientRect();
    touched.current = true;
    setView((v) => {
      const scale = Math.min(3, Math.max(0.08, v.scale * factor)), cx = x ?? box.width / 2, cy = y ?? box.height / 2;
      return { scale, x: cx - ((cx - v.x) * scale) / v.scale, y: cy - ((cy - v.y) * scale) / v.scale };
    });
  };
  useEffect(() => {
    const wheel = (e: WheelEvent) => {
      e.preventDefault();
      const box = holder.current!.getBoundingClientRect();
      zoom(Math.exp(-e.deltaY * 0.0015), e.clientX - box.left, e.clientY - box.top);
    };
    const at = svg.current!;
    at.addEventListener('wheel', wheel, { passive: false });
    return () => at.removeEventListener('wheel', wheel);
  }, []);

  const toggle = (box: Box) => {
    const next = new Set(collapsed);
    if (!next.delete(box.name)) next.add(box.name);
    setCollapsed(next);
  };
  const key = (e: KeyboardEvent) => {
    const moves: Record<string, [number, number]> = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    if (e.key === '+' || e.key === '=') zoom(1.25);
    else if (e.key === '-') zoom(0.8);
    else if (e.key === '0') fit();
    else if (moves[e.key]) { touched.current = true; setView((v) => ({ ...v, x: v.x + moves[e.key][0], y: v.y + moves[e.key][1] })); }
    else return;
    e.preventDefault();
  };
  const keyBox = (e: KeyboardEvent, box: Box) => {
    if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); e.stopPropagation(); onSelect?.(box.name); }
    if (e.key === 'c' && box.nested) toggle(box);
  };

  const standalone = () => {
    const copy = svg.current!.cloneNode(true) as SVGSVGElement;
    const scene = copy.querySelector('.scene')!;
    scene.setAttribute('transform', 'translate(12,12)');
    copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
    copy.setAttribute('width', String(picture.width + 24));
    copy.setAttribute('height', String(picture.height + 24));
    const style = document.createElementNS('http://www.w3.org/2000/svg', 'style');
    style.textContent = exportStyle;
    copy.insertBefore(style, copy.firstChild);
    return new XMLSerializer().serializeToString(copy);
  };
  const savePng = () => {
    const image = new Image();
    image.onload = () => {
      const canvas = Object.assign(document.createElement('canvas'), { width: (picture.width + 24) * 2, height: (picture.height + 24) * 2 });
      const context = canvas.getContext('2d')!;
      context.fillStyle = '#fff';
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => blob && download(`${name}.png`, 'image/png', blob));
    };
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone())}`;
  };

  return (
    <div class="flowchart" ref={holder} tabIndex={0} role="application" onKeyDown={key}
      aria-label="Flowchart. Arrow keys move it, plus and minus zoom, zero fits it, Tab goes through its states.">
      <svg ref={svg} width="100%" height="100%"
        onPointerDown={(e) => { drag.current = { x: e.clientX, y: e.clientY, from: view }; }}
        onPointerMove={(e) => {
          if (!drag.current || e.buttons === 0) return;
          const { x, y, from } = drag.current;
          if (Math.abs(e.clientX - x) + Math.abs(e.clientY - y) < 4) return;
          touched.current = true;
          svg.current!.setPointerCapture(e.pointerId);
          setView({ ...from, x: from.x + e.clientX - x, y: from.y + e.clientY - y });
        }}
        onPointerUp={() => { drag.current = null; }}>
        <defs>
          {['', '-taken', '-catch'].map((kind) => (
            <marker id={`arrow${kind}`} class={`arrow${kind}`} viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
              <path d="M0,1L10,5L0,9z" />
            </marker>
          ))}
        </defs>
        <g class="scene" transform={`translate(${view.x},${view.y}) scale(${view.scale})`}>
          {picture.boxes.filter((b) => b.nested && !b.collapsed).map((box) => <BoxView {...{ box, steps, selected, toggle, keyBox, onSelect }} key={box.name} />)}
          {picture.lines.map((line) => {
            const taken = steps?.isTaken(line.edge.from, line.edge.to);
            const kind = line.edge.kind === 'catch' ? '-catch' : taken ? '-taken' : '';
            return (
              <g class={`line ${line.edge.kind} ${taken ? 'taken' : ''}`}>
                <path d={path(line.points)} marker-end={`url(#arrow${kind})`} />
                {line.label && (
                  <g transform={`translate(${line.label.x},${line.label.y})`}>
                    <rect class="label-back" x={-line.edge.label.length * 3.1 - 4} y="-8.5" width={line.edge.label.length * 6.2 + 8} height="17" rx="4" />
                    <text class="label" y="3.5" text-anchor="middle">{line.edge.label}</text>
                  </g>
                )}
              </g>
            );
          })}
          {picture.boxes.filter((b) => !b.nested || b.collapsed).map((box) => <BoxView {...{ box, steps, selected, toggle, keyBox, onSelect }} key={box.name} />)}
          {picture.dots.map((dot) => <circle class={dot.end ? 'dot end' : 'dot'} cx={dot.x} cy={dot.y} r={dot.end ? 7 : 6} />)}
        </g>
      </svg>
      <div class="flowchart-tools">
        <button type="button" title="Zoom in (+)" aria-label="Zoom in" onClick={() => zoom(1.25)}>+</button>
        <button type="button" title="Zoom out (-)" aria-label="Zoom out" onClick={() => zoom(0.8)}>−</button>
        <button type="button" title="Fit (0)" aria-label="Fit" onClick={fit}>⤢</button>
        <button type="button" title="Save as SVG" onClick={() => download(`${name}.svg`, 'image/svg+xml', standalone())}>SVG</button>
        <button type="button" title="Save as PNG" onClick={savePng}>PNG</button>
      </div>
    </div>
  );
}

interface BoxProps {
  box: Box; steps?: Steps; selected?: string; toggle: (box: Box) => void;
  keyBox: (e: KeyboardEvent, box: Box) => void; onSelect?: (name: string) => void;
}

function BoxView({ box, steps, selected, toggle, keyBox, onSelect }: BoxProps) {
  const status = steps?.status(box.name), counts = countsOf(steps, box.name);
  const open = box.nested && !box.collapsed, most = Math.floor((box.width - 58) / 7.4);
  const title = box.name.length > most ? `${box.name.slice(0, most - 1)}…` : box.name;
  return (
    <g class={`state ${status ?? (steps ? 'unvisited' : 'plain')} ${open ? 'open' : ''} ${selected === box.name ? 'selected' : ''}`} data-state={box.name}
      data-status={status ?? ''} transform={`translate(${box.x},${box.y})`} tabIndex={0} role="button"
      aria-label={`${box.type} ${box.name}${status ? `, ${words[status]}` : ''}`}
      onClick={() => onSelect?.(box.name)} onKeyDown={(e) => keyBox(e, box)}>
      <title>{`${box.name} (${box.type})${status ? `: ${words[status]}` : ''}`}</title>
      <rect class="frame" width={box.width} height={box.height} rx={box.type === 'Choice' ? 18 : 9} />
      <text class="glyph" x="15" y={open ? 22 : box.height / 2 + 5} text-anchor="middle">{glyphs[box.type] ?? '?'}</text>
      <text class="name" x="30" y={open ? 21 : box.note || counts ? 21 : box.height / 2 + 5}>{title}</text>
      {(counts || box.note) && !open && <text class="note" x="30" y="38">{counts || box.note}</text>}
      {counts && open && <text class="note" x={box.width - 34} y="21" text-anchor="end">{counts}</text>}
      {status && <text class="icon" x={box.width - 14} y={open ? 22 : box.height / 2 + 5} text-anchor="middle">{icons[status]}</text>}
      {box.nested && (
        <g class="toggle" transform={`translate(${box.width - (status ? 34 : 18)},${open ? 16 : box.height / 2})`}
          onClick={(e) => { e.stopPropagation(); toggle(box); }}>
          <circle r="8" /><text y="4" text-anchor="middle">{box.collapsed ? '+' : '–'}</text>
        </g>
      )}
    </g>
  );
}
