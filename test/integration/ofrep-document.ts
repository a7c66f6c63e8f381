import { readFileSync } from 'node:fs';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { parse } from 'yaml';

/** The protocol's own OpenAPI document: what may be sent, and whether what was answered is what it says. */

export type JsonSchema = Record<string, unknown> & { $ref?: string };

export interface Operation {
  operationId: string;
  parameters: { name: string; in: string; schema: JsonSchema }[];
  requestBody: { content: Record<string, { schema: JsonSchema; example: unknown }> };
  responses: Record<
    string,
    { headers?: Record<string, { schema: JsonSchema }>; content?: Record<string, { schema: JsonSchema }> }
  >;
}

interface OfrepDocument {
  paths: Record<string, { post: Operation }>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, unknown> };
}

const read = (file: string): unknown =>
  parse(readFileSync(new URL(`../fixtures/openfeature-protocol/${file}`, import.meta.url), 'utf8'));

export const ofrepDocument = mendedDocument();

/**
 * As written, a flag with a value could never be valid: `oneOf` asks for exactly one, but `codeDefaultFlag` takes any object and
 * `floatFlag` every integer. Meant is: one of the types, or no value at all, as the note at codeDefaultFlag says.
 */
function mendedDocument(): OfrepDocument {
  const document = read('openapi.yaml') as OfrepDocument;
  const { evaluationSuccess, codeDefaultFlag } = document.components.schemas;
  const parts = evaluationSuccess?.allOf as JsonSchema[];
  const values = parts.find((part) => 'oneOf' in part);
  if (!values || !codeDefaultFlag) throw new Error('evaluationSuccess is not as it was: look at the document');
  values.anyOf = values.oneOf;
  delete values.oneOf;
  codeDefaultFlag.not = { required: ['value'] };
  return document;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addFormat('date-time', (text) => /^\d{4}-\d\d-\d\dT.+/.test(text) && !Number.isNaN(Date.parse(text)));
ajv.addFormat('uri', (text) => URL.canParse(text));
ajv.addFormat('float', { type: 'number', validate: Number.isFinite });
ajv.addSchema({ $id: 'https://ofrep.test/openapi.yaml', ...ofrepDocument });

const compiled = new Map<JsonSchema, ValidateFunction>();

/** What of a value breaks a schema of the document; empty when nothing does. */
export function breaches(schema: JsonSchema, value: unknown): string[] {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(absolute(schema) as object);
    compiled.set(schema, validate);
  }
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}

function absolute(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"https://ofrep.test/openapi.yaml#/'));
}

export interface Answered {
  status: number;
  headers: Headers;
  text: string;
}

/** What of an answer is not in the document: its status, a header it promises, or its body. */
export function undocumented(operation: Operation, { status, headers, text }: Answered): string[] {
  const response = operation.responses[String(status)];
  if (response === undefined) return [`status ${status} is not documented: ${text}`];
  const found = Object.entries(response.headers ?? {}).flatMap(([name, { schema }]) => {
    const value = headers.get(name);
    if (value === null) return [`header ${name} is missing`];
    // "Either a date-time string or a number of seconds", says its description; the schema of one operation forgot it.
    const isSeconds = name === 'Retry-After' && /^\d+$/.test(value);
    return isSeconds ? [] : breaches(schema, value).map((breach) => `header ${name}: ${breach}`);
  });
  if (status === 304 && text !== '') found.push('304 has a body');
  const content = response.content?.['application/json'];
  if (!content) return found;
  if (!/^application\/json\b/.test(headers.get('content-type') ?? '')) found.push('it is not application/json');
  return [...found, ...breaches(content.schema, JSON.parse(text))];
}

function resolved(schema: JsonSchema): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.replace('#/components/schemas/', '');
  const target = ofrepDocument.components.schemas[name];
  if (!target) throw new Error(`${schema.$ref} is not in the document`);
  return resolved(target);
}

/** Random values that a schema allows: of the kinds of schema that the document's requests have. */
export function valid(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { type, oneOf, properties = {}, required = [], additionalProperties, minimum, format } = resolved(schema);
  if (oneOf) return fc.oneof(...(oneOf as JsonSchema[]).map(valid));
  if (type === 'integer') return fc.integer({ min: Number(minimum ?? -1e9), max: 2_000_000_000 });
  if (type === 'string' && format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toJSON());
  if (type === 'string') return fc.string({ unit: 'grapheme' });
  if (type !== 'object') throw new Error(`no generator for a schema of type ${String(type)}`);
  const named = Object.fromEntries(
    Object.entries(properties as Record<string, JsonSchema>).map(([name, part]) => [name, valid(part)]),
  );
  const own = fc.record(named, { requiredKeys: required as string[] });
  if (additionalProperties !== true) return own;
  return fc.tuple(fc.dictionary(fc.string(), fc.jsonValue()), own).map(([more, known]) => ({ ...more, ...known }));
}

/** A valid value in which one thing is wrong: a required member is missing, or a value is of another type. */
export function invalid(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { type, properties = {}, required = [] } = resolved(schema);
  const kinds = [fc.constant(null), fc.boolean(), fc.double({ noNaN: true }), fc.array(fc.jsonValue())];
  if (type !== 'string') kinds.push(fc.string() as never);
  if (type !== 'object') return fc.oneof(...kinds, fc.dictionary(fc.string(), fc.jsonValue()));
  const whole = valid(schema) as fc.Arbitrary<Record<string, unknown>>;
  const without = (required as string[]).map((name) =>
    whole.map((value) => Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))),
  );
  const wrong = Object.entries(properties as Record<string, JsonSchema>).map(([name, part]) =>
    fc.tuple(whole, invalid(part)).map(([value, bad]) => ({ ...value, [name]: bad })),
  );
  return fc.oneof(...kinds, ...without, ...wrong);
}

export const eventSchema: JsonSchema = { $ref: '#/components/schemas/sseEventData' };
