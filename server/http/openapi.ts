import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import { errorBody, experiment } from '../contract/catalog.ts';
import type { Route } from './route.ts';

const ERROR = {
  description: 'What is wrong, where, and what to do',
  content: { 'application/json': { schema: errorBody } },
};

/** The OpenAPI 3.1 document, made from the very routes that serve: it cannot say something else than they do. */
export function openApiDocument(routes: Route[], version: string): object {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const each of routes) {
    const path = each.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [each.method]: operation(each) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Assay',
      version,
      description:
        'Experimentation platform for machine-learning models. `/v1` is for services (SDK keys), `/api` for people and programs (admin keys or a signed-in session).',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    components: {
      // Answered by every move: told once, or the page of the API takes seconds to draw.
      schemas: { Experiment: experiment, Error: errorBody },
      securitySchemes: {
        sdkKey: { type: 'http', scheme: 'bearer', description: 'An SDK key' },
        sdkKeyHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An SDK key' },
        adminKey: { type: 'http', scheme: 'bearer', description: 'An admin key' },
        session: { type: 'apiKey', in: 'cookie', name: 'assay_session' },
      },
    },
    paths,
  });
}

function operation(each: Route): ZodOpenApiOperationObject {
  const names = [...each.path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '');
  const parameters = [
    ...names.map((name) => ({ name, in: 'path' as const, required: true, schema: { type: 'string' as const } })),
    ...Object.entries(each.query ?? {}).map(([name, description]) => ({
      name,
      in: 'query' as const,
      required: false,
      description,
      schema: { type: 'string' as const },
    })),
  ];
  return {
    operationId: `${each.method}${each.path.replace(/[^a-z0-9]+(.)?/gi, (_, c: string | undefined) => c?.toUpperCase() ?? '')}`,
    tags: [each.tag],
    summary: each.summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(each.body
      ? {
          requestBody: {
            required: !each.body.safeParse({}).success,
            content: { 'application/json': { schema: each.body } },
          },
        }
      : {}),
    responses: each.responses ?? {
      [String(each.status ?? 200)]: {
        description: each.summary,
        content: { 'application/json': { schema: each.answer } },
      },
      default: ERROR,
    },
    security: SECURITY[each.auth],
  };
}

const SECURITY: Record<Route['auth'], Record<string, string[]>[]> = {
  none: [],
  sdk: [{ sdkKey: [] }, { sdkKeyHeader: [] }],
  admin: [{ adminKey: [] }, { session: [] }],
};
