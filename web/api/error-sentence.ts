import { ApiError, NoAnswer } from './api-client.ts';

/** What went wrong, for people: a title, what to do, and whether trying again, or another key, can help. */
export type Problem = { title: string; advice: string; retry: boolean; forbidden?: boolean };

/** The one place where errors become words. */
export function problemOf(error: unknown): Problem {
  if (error instanceof NoAnswer) {
    return {
      title: 'The server does not answer',
      advice: 'Check that it is running and that you are online, then try again.',
      retry: true,
    };
  }
  if (error instanceof TypeError && /dynamically imported module|module script/i.test(error.message)) {
    return {
      title: 'This part did not load',
      advice: 'The network failed, or a new version was released since you opened the page: load it again.',
      retry: true,
    };
  }
  if (!(error instanceof ApiError)) {
    return { title: 'This page failed', advice: 'Reload it. If it fails again, please report it.', retry: true };
  }
  if (error.status === 429) {
    return { title: 'Too many requests', advice: 'Wait a minute, then try again.', retry: true };
  }
  if (error.status === 403) {
    return {
      title: 'Your key may not do this',
      advice: `${error.message} Nothing was changed. The dashboard is for admin keys; ask someone who has one.`,
      retry: false,
      forbidden: true,
    };
  }
  if (error.status >= 500) {
    return {
      title: 'The server failed',
      advice: `It said: “${error.message}” Its log has the details; trying again is safe.`,
      retry: true,
    };
  }
  const details = error.details.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return {
    title: error.status === 404 ? 'Not found' : 'The server refused',
    advice: details === '' ? error.message : `${error.message} ${details}`,
    retry: false,
  };
}

export const isSignedOut = (error: unknown): boolean => error instanceof ApiError && error.status === 401;
export const isMissing = (error: unknown): boolean => error instanceof ApiError && error.status === 404;
