// locate.ts: where a diagnostic's place is in a definition's text.

// Where /States/Pay/Retry[0] is in the text: its words one after the other.
export function place(text: string, location: string): { from: number; to: number } {
  let from = 0,
    to = 0;
  for (const word of location.split(/[/[\]]/).filter((w) => w && !/^\d+$/.test(w))) {
    const quoted = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/~1/g, '/');
    const found = new RegExp(`"?${quoted}"?\\s*:`).exec(text.slice(to));
    if (!found) break;
    from = to + found.index;
    to = from + found[0].length;
  }
  return { from, to: Math.max(to, from + 1) };
}
