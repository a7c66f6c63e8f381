import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import express, { type Router } from 'express';
import { fromRoot } from '../repository-root.ts';

const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Assay API</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>`;

const DOCS_START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, displayRequestDuration: true });`;

/** The page that shows the API document; its files come with the server, nothing is fetched from elsewhere. */
export function docsPage(): Router {
  const files = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const router = express.Router();
  router.get('/docs', (_request, response) => void response.type('html').send(DOCS_PAGE));
  router.get('/docs/start.js', (_request, response) => void response.type('js').send(DOCS_START));
  router.use('/docs', express.static(files, { index: false, maxAge: '1d' }));
  return router;
}

/** The built dashboard: hashed assets for ever, and its page for every address that is not the API's. */
export function dashboardFiles(): Router {
  const folder = fromRoot('dist', 'web');
  const router = express.Router();
  router.use('/assets', express.static(`${folder}/assets`, { immutable: true, maxAge: '1y', fallthrough: true }));
  router.use(express.static(folder, { index: false, maxAge: '1h' }));
  router.get(/^\/(?!api\/|v1\/|ofrep\/|assets\/).*/, (request, response, next) => {
    if (!request.accepts('html')) return next();
    if (existsSync(`${folder}/index.html`)) {
      response.set('Cache-Control', 'no-cache').sendFile('index.html', { root: folder });
    } else {
      response.status(503).type('text').send('The dashboard is not built: run "npm run build".\n');
    }
  });
  return router;
}
