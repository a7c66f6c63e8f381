import type { Phase } from '../../server/contract/phase-contract.ts';

export const modeNames: Record<Phase['mode'], string> = {
  shadow: 'Shadow',
  canary: 'Canary',
  ab: 'A/B test',
  bandit: 'Bandit',
  interleave: 'Interleaving',
  holdout: 'Holdout',
};

export const isMode = (mode: string | null): mode is Phase['mode'] => mode !== null && mode in modeNames;
