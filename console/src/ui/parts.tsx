// parts.tsx: small things that pages are made of.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Status } from '../api';
import { pretty } from '../text';

const icons: Record<string, string> = {
  RUNNING: '●',
  SUCCEEDED: '✓',
  FAILED: '✕',
  TIMED_OUT: '◷',
  ABORTED: '■',
  running: '●',
  waiting: '◷',
  succeeded: '✓',
  failed: '✕',
  caught: '↷',
  aborted: '■',
};

export function Badge({ status }: { status: Status | string }) {
  return (
    <span class={`badge ${status.toLowerCase()}`}>
      <span aria-hidden="true">{icons[status] ?? '·'}</span> {status.toLowerCase().replace('_', ' ')}
    </span>
  );
}

// JSON as text, never as markup
export function Payload({ title, text }: { title: string; text: unknown }) {
  if (text === undefined || text === '') return null;
  const shown = pretty(text);
  return (
    <section class="payload">
      <header>
        <h4>{title}</h4>
        <button type="button" class="quiet" onClick={() => navigator.clipboard?.writeText(shown)}>
          copy
        </button>
      </header>
      <pre tabIndex={0} aria-label={title}>
        {shown.length > 200000
          ? `${shown.slice(0, 200000)}\n… (${shown.length.toLocaleString()} characters)`
          : shown}
      </pre>
    </section>
  );
}

export function Trouble({ error }: { error: Error | string | null }) {
  return error ? (
    <p class="trouble" role="alert">
      {error instanceof Error ? error.message : error}
    </p>
  ) : null;
}

// Only what is seen is there: 25,000 rows cost as much as 30.
export function VirtualList<T>({
  items,
  row,
  height = 30,
  label,
  at,
}: {
  items: T[];
  row: (item: T, index: number) => ComponentChildren;
  height?: number;
  label: string;
  at?: number;
}) {
  const holder = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ top: 0, height: 600 });
  const look = () =>
    holder.current && setPlace({ top: holder.current.scrollTop, height: holder.current.clientHeight });
  useEffect(() => {
    const observer = new ResizeObserver(look);
    observer.observe(holder.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (at !== undefined && at >= 0)
      holder.current!.scrollTop = Math.max(0, at * height - holder.current!.clientHeight / 2);
  }, [at]);
  const first = Math.max(0, Math.floor(place.top / height) - 8),
    last = Math.min(items.length, first + Math.ceil(place.height / height) + 16);
  return (
    <div class="virtual" ref={holder} onScroll={look} role="list" aria-label={label} tabIndex={0}>
      <div
        ref={(e) => {
          if (e) e.style.height = `${items.length * height}px`;
        }}
      >
        <div
          ref={(e) => {
            if (e) e.style.transform = `translateY(${first * height}px)`;
          }}
        >
          {items.slice(first, last).map((item, i) => row(item, first + i))}
        </div>
      </div>
    </div>
  );
}

export function Dialog({
  title,
  children,
  onClose,
}: {
  title: string;
  children: ComponentChildren;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current!.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onClose={onClose}
      onClick={(e) => {
        if (e.target === dialog.current) onClose();
      }}
    >
      <header>
        <h2>{title}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}

// The end of a dialog's form
export function Buttons({ action, danger, onClose }: { action: string; danger?: boolean; onClose: () => void }) {
  return (
    <footer>
      <button type="button" onClick={onClose}>
        Cancel
      </button>
      <button type="submit" class={danger ? 'danger' : 'primary'}>
        {action}
      </button>
    </footer>
  );
}

// Asks for JSON; what was given last for that key is there again.
export function InputDialog({
  title,
  memory,
  first,
  action,
  onDone,
  onClose,
  named,
}: {
  title: string;
  memory: string;
  first?: string;
  action: string;
  named?: boolean;
  onDone: (input: string, name: string) => Promise<void>;
  onClose: () => void;
}) {
  const [input, setInput] = useState(first ?? localStorage.getItem(memory) ?? '{\n  \n}');
  const [name, setName] = useState('');
  const [error, setError] = useState<Error | null>(null);
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      JSON.parse(input);
      localStorage.setItem(memory, input);
      await onDone(input, name);
    } catch (trouble) {
      setError(trouble as Error);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        {named && (
          <label>
            Name <input value={name} placeholder="made for you" onInput={(e) => setName(e.currentTarget.value)} />
          </label>
        )}
        <label>
          Input (JSON)
          <textarea rows={12} spellcheck={false} value={input} onInput={(e) => setInput(e.currentTarget.value)} />
        </label>
        <Trouble error={error} />
        <Buttons action={action} onClose={onClose} />
      </form>
    </Dialog>
  );
}
