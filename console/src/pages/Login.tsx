// Login.tsx: the keys that callers of the API sign with.

import { useState } from 'preact/hooks';
import { post } from '../api';
import { Trouble } from '../ui/parts';

export function Login({ onDone }: { onDone: () => void }) {
  const [id, setId] = useState(''), [secret, setSecret] = useState(''), [error, setError] = useState<Error | null>(null);
  const submit = (e: Event) => {
    e.preventDefault();
    post('login', { accessKeyId: id, secretAccessKey: secret }).then(onDone, setError);
  };
  return (
    <main class="login"><form onSubmit={submit} class="pane">
      <h1>Log in</h1><p class="faint">With an access key of the server's credentials file.</p>
      <label>Access key id <input autocomplete="username" value={id} onInput={(e) => setId(e.currentTarget.value)} /></label>
      <label>Secret access key <input type="password" autocomplete="current-password" value={secret} onInput={(e) => setSecret(e.currentTarget.value)} /></label>
      <Trouble error={error} /><button type="submit" class="primary">Log in</button>
    </form></main>
  );
}
