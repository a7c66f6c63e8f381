import type { ApiKey } from '../../server/contract/catalog.ts';

type KindWords = { name: string; forWhom: string; revoked: string };

export const kindNames: Record<ApiKey['kind'], KindWords> = {
  sdk: {
    name: 'SDK key',
    forWhom: 'A service (SDK key)',
    revoked:
      'Services that use it are refused within five seconds: they go on deciding by the rules that they have, and their events are not taken any more.',
  },
  admin: {
    name: 'admin key',
    forWhom: 'People and tools (admin key)',
    revoked:
      'Whoever uses it is refused within five seconds, and everyone who signed in with it is signed out, you too if it was this one.',
  },
};
