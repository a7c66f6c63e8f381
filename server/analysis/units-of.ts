import type { Report } from '../contract/report-contract.ts';

/** How many units a phase has seen. Variants of some modes have no units of their own, or a unit in every epoch. */
export function unitsOf({ delivery, variants }: Pick<Report, 'delivery' | 'variants'>): number {
  switch (delivery?.mode) {
    case 'shadow':
    case 'interleave':
      return delivery.units;
    case 'bandit':
      return delivery.inference.units;
    default:
      return variants.reduce((sum, each) => sum + each.units, 0);
  }
}
