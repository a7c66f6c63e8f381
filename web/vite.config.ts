import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { firstPageSize } from '../scripts/first-page-size.ts';

/** The dashboard. In development the API is a server started beside it, found by ASSAY_SERVER_PORT. */
const server = `http://localhost:${process.env.ASSAY_SERVER_PORT ?? '4000'}`;
const proxy = Object.fromEntries(['/api', '/v1', '/docs', '/openapi.json'].map((path) => [path, server]));

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), firstPageSize()],
  server: { port: 5173, proxy },
  preview: { proxy },
  build: { outDir: '../dist/web', emptyOutDir: true, target: 'es2022' },
});
