// route.ts: the page that the address names: #/machines/ARN

import { useEffect, useState } from 'preact/hooks';

export interface Route {
  page: string;
  arn: string;
}

export function parse(hash: string): Route {
  const [page = '', arn = ''] = hash.replace(/^#\/?/, '').split('/');
  try {
    return { page, arn: decodeURIComponent(arn) };
  } catch {
    return { page, arn: '' };
  }
}

export const link = (page: string, arn = '') => `#/${page}${arn ? `/${encodeURIComponent(arn)}` : ''}`;
export const go = (page: string, arn = '') => {
  location.hash = link(page, arn);
};

export function useRoute(): Route {
  const [route, set] = useState(parse(location.hash));
  useEffect(() => {
    const changed = () => set(parse(location.hash));
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return route;
}

export const machineOf = (execution: string) =>
  execution
    .replace(/:express:([^:]*):.*$/, ':stateMachine:$1')
    .replace(/:(execution|mapRun):([^:]*):.*$/, ':stateMachine:$2')
    .replace(/\/[^:]*$/, '');
export const nameOf = (arn: string) => arn.split(':').pop() || arn;
