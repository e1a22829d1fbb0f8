// editor.ts: CodeMirror for definitions, in a shadow root, where its styles need no <style> element.

import { autocompletion, closeBrackets, completionKeymap, type CompletionContext } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, defaultHighlightStyle, foldGutter, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';

const fields = ['Comment', 'StartAt', 'States', 'Type', 'Next', 'End', 'Resource', 'Parameters', 'Arguments', 'ResultSelector', 'ResultPath', 'InputPath', 'OutputPath', 'Output', 'Assign', 'Retry', 'Catch', 'ErrorEquals', 'IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds', 'JitterStrategy', 'Choices', 'Default', 'Variable', 'Condition', 'Branches', 'ItemProcessor', 'ItemsPath', 'Items', 'ItemSelector', 'MaxConcurrency', 'Seconds', 'Timestamp', 'SecondsPath', 'TimestampPath', 'Error', 'Cause', 'TimeoutSeconds', 'HeartbeatSeconds', 'QueryLanguage', 'Credentials', 'Result', 'StringEquals', 'NumericGreaterThan', 'NumericLessThan', 'BooleanEquals', 'IsPresent', 'And', 'Or', 'Not'];
const values: Record<string, string[]> = {
  Type: ['Task', 'Pass', 'Choice', 'Wait', 'Succeed', 'Fail', 'Parallel', 'Map'],
  QueryLanguage: ['JSONata', 'JSONPath'], JitterStrategy: ['FULL', 'NONE'],
  ErrorEquals: ['States.ALL', 'States.TaskFailed', 'States.Timeout', 'States.Permissions', 'Lambda.TooManyRequestsException'],
  Resource: ['arn:aws:states:::lambda:invoke', 'arn:aws:states:::lambda:invoke.waitForTaskToken', 'arn:aws:states:::http:invoke', 'arn:aws:states:::sqs:sendMessage', 'arn:aws:states:::sns:publish', 'arn:aws:states:::dynamodb:getItem', 'arn:aws:states:::dynamodb:putItem', 'arn:aws:states:::events:putEvents', 'arn:aws:states:::states:startExecution.sync:2', 'arn:aws:states:::aws-sdk:s3:getObject'],
};

// The field whose value is typed, or the field itself
function complete(context: CompletionContext) {
  const line = context.state.doc.lineAt(context.pos), before = line.text.slice(0, context.pos - line.from);
  const value = /"?(\w+)"?\s*:\s*\[?\s*"?([\w.:-]*)$/.exec(before);
  const states = [...context.state.doc.toString().matchAll(/^\s*"?([^":\n]+)"?\s*:\s*(?:\{\s*)?\n?\s*"?(?:Type|Comment)"?\s*:/gm)].map((m) => m[1].trim());
  if (value) {
    const options = values[value[1]] ?? (/^(Next|StartAt|Default)$/.test(value[1]) ? states : null);
    return options && { from: context.pos - value[2].length, options: options.map((label) => ({ label, type: 'constant' })) };
  }
  const word = context.matchBefore(/\w+/);
  return word && { from: word.from, options: fields.map((label) => ({ label, type: 'property' })) };
}

// Where /States/Pay/Retry[0] is in the text: its words one after the other.
export function place(text: string, location: string): { from: number; to: number } {
  let from = 0, to = 0;
  for (const word of location.split(/[/[\]]/).filter((w) => w && !/^\d+$/.test(w))) {
    const quoted = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/~1/g, '/');
    const found = new RegExp(`"?${quoted}"?\\s*:`).exec(text.slice(to));
    if (!found) break;
    from = to + found.index;
    to = from + found[0].length;
  }
  return { from, to: Math.max(to, from + 1) };
}

export interface Problem { severity: string; message: string; location?: string; code: string }

export interface Editor { text: () => string; set: (text: string, language: 'json' | 'yaml') => void; mark: (problems: Problem[]) => void; show: (location: string) => void; destroy: () => void }

export function makeEditor(holder: HTMLElement, text: string, changed: (text: string) => void): Editor {
  const root = holder.shadowRoot ?? holder.attachShadow({ mode: 'open' }), language = new Compartment();
  const theme = EditorView.theme({
    '&': { height: '100%', fontSize: '13px', backgroundColor: 'transparent', color: 'var(--ink)' },
    '.cm-scroller': { fontFamily: 'ui-monospace, Menlo, Consolas, monospace' },
    '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--faint)', border: 'none' },
    '.cm-activeLine': { backgroundColor: 'var(--hover)' }, '.cm-content': { caretColor: 'var(--ink)' },
    '.cm-tooltip': { backgroundColor: 'var(--paper)', color: 'var(--ink)', border: '1px solid var(--edge)' },
  });
  const view = new EditorView({
    root, parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [lineNumbers(), history(), foldGutter(), indentOnInput(), bracketMatching(), closeBrackets(), highlightActiveLine(), highlightSelectionMatches(), lintGutter(),
        syntaxHighlighting(defaultHighlightStyle, { fallback: true }), autocompletion({ override: [complete] }), language.of(json()), theme,
        EditorView.contentAttributes.of({ 'aria-label': 'Definition' }),
        keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, ...searchKeymap, indentWithTab]),
        EditorView.updateListener.of((u) => { if (u.docChanged) changed(u.state.doc.toString()); })],
    }),
  });
  const all = () => view.state.doc.toString();
  return {
    text: all,
    set: (next, kind) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next }, effects: language.reconfigure(kind === 'json' ? json() : yaml()) }),
    mark: (problems) => {
      const list: Diagnostic[] = problems.map((p) => ({ ...place(all(), p.location ?? ''), severity: p.severity === 'ERROR' ? 'error' : 'warning', message: p.message }));
      for (const d of list) { d.to = Math.min(d.to, view.state.doc.length); d.from = Math.min(d.from, d.to); }
      view.dispatch(setDiagnostics(view.state, list));
    },
    show: (location) => { const at = place(all(), location); view.dispatch({ selection: { anchor: at.from }, scrollIntoView: true }); view.focus(); },
    destroy: () => view.destroy(),
  };
}
