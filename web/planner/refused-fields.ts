import { ApiError } from '../api/api-client.ts';
import type { DraftField, DraftProblems } from './experiment-draft.ts';

/** Which field of the form a path of the request stands for, the most particular first. */
const places: readonly (readonly [RegExp, DraftField])[] = [
  [/^(key|name|hypothesis|slot|metrics|range)\b/, 'name'],
  [/^phases?(\.\d+)?\.(shadow|canary|interleave)\b/, 'before'],
  [/^phases?(\.\d+)?\.(split|variants|candidate)\b/, 'variants'],
  [/^phases?\b/, 'plan'],
];

/** What the server refused, at the fields that can change it; nothing where it named none. */
export function refusedFields(error: unknown): DraftProblems {
  if (!(error instanceof ApiError)) return {};
  if (error.code === 'conflict') return { key: error.message };
  const named = error.details.length > 0 ? error.details : [pathIn(error.message)];
  const problems: DraftProblems = {};
  for (const { path, message } of named) {
    const found = places.find(([pattern]) => pattern.test(path));
    if (!found) continue;
    const field = found[1] === 'name' ? (/^\w+/.exec(path)?.[0] as DraftField) : found[1];
    problems[field] = problems[field] ? `${problems[field]} ${sentence(message)}` : sentence(message);
  }
  return problems;
}

/** "phases.0.plan: a fixed design has one look." */
function pathIn(text: string): { path: string; message: string } {
  const [, path = '', message = ''] = /^([a-z][\w.]*): (.*)$/s.exec(text) ?? [];
  return { path, message };
}

const sentence = (text: string): string => {
  const said = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(said) ? said : `${said}.`;
};
