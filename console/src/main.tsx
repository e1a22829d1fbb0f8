// main.tsx: the frame around the pages.

import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ask, post, type Session } from './api';
import { Activities } from './pages/Activities';
import { EditPage } from './pages/Edit';
import { ExecutionPage } from './pages/Execution';
import { Login } from './pages/Login';
import { MapRunPage } from './pages/MapRun';
import { MachinePage } from './pages/Machine';
import { Machines } from './pages/Machines';
import { link, useRoute } from './route';
import './style.css';

function useTheme() {
  const [theme, set] = useState(localStorage.getItem('theme') ?? '');
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem('theme', theme);
  }, [theme]);
  const dark = theme === 'dark' || (theme === '' && matchMedia('(prefers-color-scheme: dark)').matches);
  return { dark, toggle: () => set(dark ? 'light' : 'dark') };
}

function App() {
  const route = useRoute(),
    { dark, toggle } = useTheme();
  const [session, setSession] = useState<Session | null>(null);
  const look = () => {
    ask<Session>('session').then(setSession, () => setSession(null));
  };
  useEffect(look, []);
  if (!session) return null;
  const page = () => {
    if (session.login === 'required') return <Login onDone={look} />;
    if (route.page === 'machines' && route.arn) return <MachinePage key={route.arn} arn={route.arn} />;
    if (route.page === 'executions' && route.arn) return <ExecutionPage key={route.arn} arn={route.arn} />;
    if (route.page === 'map-runs' && route.arn) return <MapRunPage key={route.arn} arn={route.arn} />;
    if (route.page === 'edit' || route.page === 'new') return <EditPage key={route.arn} arn={route.arn} />;
    return route.page === 'activities' ? <Activities /> : <Machines />;
  };
  const current = route.page === 'activities' ? 'activities' : 'machines';
  return (
    <>
      <header class="top">
        <a class="logo" href="#/">
          <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
            <rect width="32" height="32" rx="7" />
            <path d="M7 9h18M10 15h12M13 21h6" />
          </svg>
          Stepwell
        </a>
        <nav aria-label="Main">
          <a href={link('machines')} aria-current={current === 'machines' ? 'page' : undefined}>
            State machines
          </a>
          <a href={link('activities')} aria-current={current === 'activities' ? 'page' : undefined}>
            Activities
          </a>
        </nav>
        <span class="grow" />
        <span class="faint">
          {session.account} · {session.region}
        </span>
        {session.login === 'done' && (
          <button type="button" class="quiet" onClick={() => post('logout').then(look)}>
            Log out
          </button>
        )}
        <button type="button" class="quiet" onClick={toggle} aria-label={dark ? 'Light colours' : 'Dark colours'}>
          {dark ? '☀' : '☾'}
        </button>
      </header>
      {page()}
    </>
  );
}

render(<App />, document.getElementById('app')!);
