import './mantine-styles.ts';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { BrowserRouter, useRoutes } from 'react-router';
import { createQueryClient } from './api/queries.ts';
import { FailureBoundary } from './parts/failure-boundary.tsx';
import { routes } from './routes.tsx';
import { theme } from './theme.ts';

const Pages = () => useRoutes(routes);

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

createRoot(root).render(
  <MantineProvider theme={theme} defaultColorScheme="auto">
    <FailureBoundary whole>
      <QueryClientProvider client={createQueryClient()}>
        <BrowserRouter>
          <Pages />
        </BrowserRouter>
      </QueryClientProvider>
    </FailureBoundary>
  </MantineProvider>,
);
