import { defineConfig } from 'vite';

// Everything is served by the binary itself; nothing is fetched from elsewhere.
export default defineConfig({
  build: { target: 'es2021', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/console': 'http://127.0.0.1:8083', '^/$': { target: 'http://127.0.0.1:8083', bypass: (r) => (r.method === 'GET' ? r.url : null) } } },
});
