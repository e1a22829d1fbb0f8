// Edit.tsx: a definition as it is typed: text, picture and what is wrong with it.

import { useEffect, useRef, useState } from 'preact/hooks';
import { parse as parseYaml, stringify as printYaml } from 'yaml';
import { call } from '../api';
import { makeEditor, type Editor, type Problem } from '../editor';
import { Flowchart } from '../graph/Flowchart';
import { go } from '../route';
import { TestDialog } from './Machine';
import { Trouble } from '../ui/parts';

const first = `{
  "Comment": "A first state machine",
  "StartAt": "Greet",
  "States": {
    "Greet": {
      "Type": "Pass",
      "Result": "hello",
      "Next": "Pause"
    },
    "Pause": {
      "Type": "Wait",
      "Seconds": 2,
      "End": true
    }
  }
}
`;

export function EditPage({ arn }: { arn: string }) {
  const holder = useRef<HTMLDivElement>(null), editor = useRef<Editor | null>(null);
  const [machine, setMachine] = useState<any>(null);
  const [text, setText] = useState(''), [kind, setKind] = useState<'json' | 'yaml'>('json');
  const [definition, setDefinition] = useState<any>({});
  const [problems, setProblems] = useState<Problem[]>([]), [error, setError] = useState<Error | null>(null);
  const [name, setName] = useState('my-state-machine'), [type, setType] = useState('STANDARD');
  const [selected, setSelected] = useState(''), [testing, setTesting] = useState(false), [saved, setSaved] = useState(false);
  useEffect(() => {
    const open = (content: string) => { editor.current = makeEditor(holder.current!, content, setText); setText(content); };
    if (!arn) open(first);
    else call('DescribeStateMachine', { stateMachineArn: arn }).then((m) => { setMachine(m); setType(m.type); open(JSON.stringify(JSON.parse(m.definition), null, 2)); }, setError);
    return () => editor.current?.destroy();
  }, [arn]);
  // The picture follows as soon as the text can be read, the validator a moment later.
  useEffect(() => {
    if (!text) return;
    setSaved(false);
    let value: any;
    try {
      value = kind === 'json' ? JSON.parse(text) : parseYaml(text);
      setDefinition(value);
    } catch (trouble) {
      const found = [{ severity: 'ERROR', code: kind.toUpperCase(), message: (trouble as Error).message, location: '' }];
      setProblems(found);
      return;
    }
    const timer = setTimeout(() => {
      call('ValidateStateMachineDefinition', { definition: JSON.stringify(value), type }).then((a) => { setProblems(a.diagnostics); editor.current?.mark(a.diagnostics); }, (t) => setError(t));
    }, 250);
    return () => clearTimeout(timer);
  }, [text, kind, type]);
  const change = (next: 'json' | 'yaml') => {
    if (next === kind) return;
    try {
      const value = kind === 'json' ? JSON.parse(text) : parseYaml(text);
      setKind(next);
      editor.current!.set(next === 'json' ? JSON.stringify(value, null, 2) : printYaml(value), next);
    } catch (trouble) {
      setError(trouble as Error);
    }
  };
  const save = async () => {
    try {
      const body = JSON.stringify(kind === 'json' ? JSON.parse(text) : parseYaml(text), null, 2);
      if (arn) { await call('UpdateStateMachine', { stateMachineArn: arn, definition: body }); setSaved(true); setError(null); return; }
      const made = await call('CreateStateMachine', { name, type, definition: body, roleArn: 'arn:aws:iam::123456789012:role/stepwell' });
      go('machines', made.stateMachineArn);
    } catch (trouble) {
      setError(trouble as Error);
    }
  };
  const errors = problems.filter((p) => p.severity === 'ERROR').length;
  return (
    <main class="wide">
      <div class="head">
        <h1>{arn ? machine?.name ?? '' : 'New state machine'}</h1>
        {!arn && <><label>Name <input value={name} onInput={(e) => setName(e.currentTarget.value)} /></label>
          <label>Type <select value={type} onChange={(e) => setType(e.currentTarget.value)}><option value="STANDARD">standard</option><option value="EXPRESS">express</option></select></label></>}
        <span class="switch" role="group" aria-label="Format">{(['json', 'yaml'] as const).map((k) => <button type="button" aria-pressed={k === kind} onClick={() => change(k)}>{k.toUpperCase()}</button>)}</span>
        <span class="grow" />
        {selected && <button type="button" onClick={() => setTesting(true)}>Test “{selected}”</button>}
        {saved && <span role="status" class="faint">saved</span>}
        {arn && <a class="button" href={`#/machines/${encodeURIComponent(arn)}`}>Back</a>}
        <button type="button" class="primary" disabled={errors > 0} onClick={save}>{arn ? 'Save' : 'Create'}</button>
      </div>
      <Trouble error={error} />
      <div class="split even">
        <section class="pane editor-pane">
          <div class="editor" ref={holder} />
          <div class="problems" role="region" aria-label="Problems" aria-live="polite">
            {problems.length === 0 ? <p class="good">✓ The definition is valid.</p> : problems.slice(0, 50).map((p) => (
              <button type="button" class={`problem ${p.severity.toLowerCase()}`} onClick={() => editor.current?.show(p.location ?? '')}>
                <b>{p.severity === 'ERROR' ? '✕' : '!'}</b> {p.message} <span class="faint">{p.location}</span></button>))}
          </div>
        </section>
        <section class="pane graph-pane"><Flowchart definition={definition} name={name} selected={selected} onSelect={(n) => { setSelected(n); editor.current?.show(`/${n}`); }} /></section>
      </div>
      {testing && <TestDialog definition={definition} name={selected} roleArn="arn:aws:iam::123456789012:role/stepwell" onClose={() => setTesting(false)} />}
    </main>
  );
}
