import type { Reign } from '../contract/slot-contract.ts';

/** One line of the audit that named a champion. */
export interface Crowning {
  at: Date;
  actor: string;
  action: string;
  detail: Record<string, unknown>;
  experiment: { key: string; name: string } | null;
}

/** Who was champion from when to when, newest first; `crownings` in the order of time. Pure. */
export function championHistory(crownings: Crowning[]): Reign[] {
  const reigns: Reign[] = [];
  for (const { at, actor, action, detail, experiment } of crownings) {
    const variant = detail.champion ?? detail.to ?? detail.promote;
    const last = reigns.at(-1);
    if (typeof variant !== 'string' || last?.variant === variant) continue;
    if (last) last.until = at.toISOString();
    reigns.push({
      variant,
      from: at.toISOString(),
      until: null,
      actor,
      experiment,
      first: action === 'slot.create',
      reason: typeof detail.reason === 'string' ? detail.reason : null,
    });
  }
  return reigns.reverse();
}
