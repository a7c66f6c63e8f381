import type { Request, Response, Router } from 'express';
import type { z } from 'zod';
import type { ZodOpenApiResponsesObject } from 'zod-openapi';
import { AssayError } from './errors.ts';

/** Who is asking: an environment's key or signed-in session. */
export interface Principal {
  environmentId: number;
  /** 0 for nobody. */
  keyId: number;
  kind: 'sdk' | 'admin' | 'session';
  name: string;
}

export interface RouteContext<Body> {
  params: Record<string, string>;
  body: Body;
  principal: Principal;
  request: Request;
  response: Response;
}

interface RouteDefinition<Body, Answer> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** In Express's syntax, `/api/slots/:slot`. */
  path: string;
  tag: string;
  /** One sentence for the API document. */
  summary: string;
  /** admin: an admin key or a session; sdk: an SDK key or an admin key; none: anybody. */
  auth: 'admin' | 'sdk' | 'none';
  /** Parameters after the "?", all optional: name and description. */
  query?: Record<string, string>;
  /** For the API document, where a foreign protocol fixes the answers: instead of `answer` and our errors. */
  responses?: ZodOpenApiResponsesObject;
  body?: z.ZodType<Body>;
  answer: z.ZodType<Answer>;
  status?: 200 | 201 | 202;
  handle(context: RouteContext<Body>): Promise<Answer>;
}

export type Route = Omit<RouteDefinition<never, unknown>, 'handle' | 'body'> & {
  body?: z.ZodType;
  serve(request: Request, response: Response, principal: Principal | null): Promise<void>;
};

/** One endpoint: its checks, its place in the API document and its work, said once. */
export function route<Answer, Body = undefined>(definition: RouteDefinition<Body, Answer>): Route {
  const { handle, body: schema, ...rest } = definition;
  return {
    ...rest,
    ...(schema ? { body: schema } : {}),
    async serve(request, response, principal) {
      const body = schema ? parseBody(schema, request) : (undefined as Body);
      const answer = await handle({
        params: request.params as Record<string, string>,
        body,
        principal: principal ?? { environmentId: 0, keyId: 0, kind: 'session', name: 'nobody' },
        request,
        response,
      });
      if (!response.headersSent) response.status(definition.status ?? 200).json(answer);
    },
  };
}

function parseBody<Body>(schema: z.ZodType<Body>, request: Request): Body {
  const parsed = schema.safeParse(request.body ?? {});
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const first = details[0];
  throw new AssayError(
    'invalid_request',
    `The request body is not valid: ${first ? `${first.path || 'body'}: ${first.message}` : 'unreadable'}` +
      `${details.length > 1 ? ` (and ${details.length - 1} more)` : ''}. See /docs for its shape.`,
    { details },
  );
}

export type Authenticate = (request: Request, need: 'admin' | 'sdk') => Promise<Principal>;

export function mountRoutes(router: Router, routes: Route[], authenticate: Authenticate): void {
  for (const each of routes) {
    router[each.method](each.path, async (request, response) => {
      const principal = each.auth === 'none' ? null : await authenticate(request, each.auth);
      await each.serve(request, response, principal);
    });
  }
}
