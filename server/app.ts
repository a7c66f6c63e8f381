import express, { type Express } from 'express';
import helmet from 'helmet';
import { briefReader } from './analysis/brief-reader.ts';
import { distributionRoutes } from './analysis/distribution/distribution-routes.ts';
import { queryRoutes } from './analysis/query/query-routes.ts';
import { reportRoutes } from './analysis/report-routes.ts';
import { auditRoutes } from './audit/audit-routes.ts';
import { authRoutes, signInLimit } from './auth/auth-routes.ts';
import { authenticator } from './auth/authenticate.ts';
import { dashboardFiles, docsPage } from './dashboard/dashboard-files.ts';
import { offPolicyRoute } from './delivery/bandit/off-policy-route.ts';
import { canaryRoutes } from './delivery/canary/canary-routes.ts';
import { stepRoute } from './delivery/step-route.ts';
import { experimentRoutes } from './experiments/experiment-routes.ts';
import { explainRoute } from './explain/explain-route.ts';
import { healthRoutes } from './health/health-routes.ts';
import { serverFactsRoute } from './health/server-facts-route.ts';
import { homeRoute } from './home/home-routes.ts';
import { errorHandler, notFound } from './http/error-handler.ts';
import { openApiDocument } from './http/openapi.ts';
import { mountRoutes } from './http/route.ts';
import { eventRoutes } from './ingest/event-routes.ts';
import { eventsDescription } from './ingest/events-description.ts';
import type { Ingest } from './ingest/ingest.ts';
import { liveRoute } from './live/live-route.ts';
import { exportRoute } from './long-work/export-route.ts';
import { rebuildRoute } from './long-work/rebuild-route.ts';
import { metricHistoryRoutes } from './metrics/metric-history-routes.ts';
import { metricRoutes } from './metrics/metric-routes.ts';
import { metricUseRoute } from './metrics/metric-use-route.ts';
import { ofrepDescriptions } from './ofrep/ofrep-descriptions.ts';
import { ofrepRoutes } from './ofrep/ofrep-routes.ts';
import { rulesetRoutes } from './ruleset/ruleset-routes.ts';
import type { Services } from './services.ts';
import { championHistoryRoute } from './slots/champion-history-route.ts';
import { slotRoutes } from './slots/slot-routes.ts';
import { slotTrafficRoute } from './slots/slot-traffic-route.ts';
import { audienceRoutes } from './targeting/audience-routes.ts';
import { version } from './version.ts';

/** Of all processes of this server together. */
const MAX_ADMITTED_BYTES = 64 * 1024 * 1024;

/** The composition root of HTTP: which features there are and in which order a request meets them. */
export function createApp(services: Services, ingest: Ingest, isStopping: () => boolean): Express {
  const { config } = services;
  const authenticate = authenticator(services.db, services.now);
  const readBrief = briefReader(services);
  const routes = [
    ...authRoutes(services),
    ...slotRoutes(services),
    championHistoryRoute(services),
    slotTrafficRoute(services),
    ...metricRoutes(services),
    ...metricHistoryRoutes(services),
    metricUseRoute(services),
    ...reportRoutes(services, readBrief),
    homeRoute(services, readBrief),
    ...distributionRoutes(services),
    ...queryRoutes(services),
    ...audienceRoutes(services),
    ...experimentRoutes(services),
    ...canaryRoutes(services),
    stepRoute(services),
    offPolicyRoute(services),
    explainRoute(services),
    rebuildRoute(services),
    exportRoute(services),
    ...auditRoutes(services),
    ...rulesetRoutes(services, authenticate),
    liveRoute(services, authenticate),
    serverFactsRoute(services),
    ...healthRoutes(services, isStopping),
  ];
  const document = openApiDocument([...routes, eventsDescription, ...ofrepDescriptions], version());

  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(
    eventRoutes(ingest, {
      maxBodyBytes: config.maxBodyBytes,
      maxAdmittedBytes: MAX_ADMITTED_BYTES / config.processes,
      check: () => services.disk.check(),
      environmentOf: async (request) => (await authenticate(request, 'sdk')).environmentId,
    }),
  );
  app.use('/ofrep', ofrepRoutes(services, authenticate));
  app.use(securityHeaders(config.secureCookies));
  const limitSignIns = signInLimit(config.processes);
  app.use('/api/session', (request, response, next) => {
    if (request.method === 'POST') void limitSignIns(request, response, next);
    else next();
  });
  app.use(express.json({ limit: '1mb' }));
  const router = express.Router();
  mountRoutes(router, routes, authenticate);
  app.use(router);
  app.get('/openapi.json', (_request, response) => void response.json(document));
  app.use(docsPage());
  app.use(dashboardFiles());
  app.use(notFound);
  app.use(errorHandler(services.log));
  return app;
}

function securityHeaders(https: boolean): express.RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'", 'data:'],
        'frame-ancestors': ["'none'"],
        'upgrade-insecure-requests': null,
      },
    },
    strictTransportSecurity: https,
  });
}
