import { lazy } from 'react';
import type { RouteObject } from 'react-router';
import { HomePage } from './pages/home-page.tsx';
import { MissingPage } from './pages/missing-page.tsx';
import { Shell } from './pages/shell.tsx';
import { SignInPage } from './pages/sign-in-page.tsx';

const AuditPage = lazy(() => import('./pages/audit-page.tsx'));
const ExperimentPage = lazy(() => import('./pages/experiment-page.tsx'));
const ExplainPage = lazy(() => import('./pages/explain-page.tsx'));
const ExperimentsPage = lazy(() => import('./pages/experiments-page.tsx'));
const MetricsPage = lazy(() => import('./pages/metrics-page.tsx'));
const SettingsPage = lazy(() => import('./pages/settings-page.tsx'));
const SlotPage = lazy(() => import('./pages/slot-page.tsx'));
const SlotsPage = lazy(() => import('./pages/slots-page.tsx'));
const MetricPage = lazy(() => import('./pages/metric-page.tsx'));
const NewMetricPage = lazy(() => import('./pages/new-metric-page.tsx'));
const PlannerPage = lazy(() => import('./pages/planner-page.tsx'));

/** The table of contents. Everything under the shell needs a session. */
export const routes: RouteObject[] = [
  { path: '/sign-in', element: <SignInPage /> },
  {
    path: '/',
    element: <Shell />,
    children: [
      { index: true, element: <HomePage /> },
      { path: 'experiments', element: <ExperimentsPage /> },
      { path: 'experiments/:key', element: <ExperimentPage /> },
      { path: 'slots', element: <SlotsPage /> },
      { path: 'slots/:key', element: <SlotPage /> },
      // Not /metrics: there the server tells its own numbers.
      { path: 'catalogue', element: <MetricsPage /> },
      { path: 'catalogue/:key', element: <MetricPage /> },
      { path: 'new-metric', element: <NewMetricPage /> },
      { path: 'planner', element: <PlannerPage /> },
      { path: 'explain', element: <ExplainPage /> },
      { path: 'audit', element: <AuditPage /> },
      { path: 'settings', element: <SettingsPage /> },
      { path: '*', element: <MissingPage /> },
    ],
  },
];
