import type { Report } from '../../server/contract/report-contract.ts';
import { count, NONE, plain, weightPercent } from '../format.ts';
import { DataTable } from './data-table.tsx';
import { VariantName } from './variant-name.tsx';

type Variant = Report['variants'][number];
type Calls = NonNullable<Variant['calls']>;

const shareOf = (units: number, all: number) => (all === 0 ? NONE : `${plain((units / all) * 100, 1)}\u202f%`);

type Props = { variants: Variant[]; colours: Map<string, string> };

/** Who got how many units. Where weights changed on the way, shares of all units are nothing to compare with them. */
export function VariantsTable({ variants, colours, weights }: Props & { weights: string }) {
  const all = variants.reduce((sum, { units }) => sum + units, 0);
  const hasRemembered = variants.some(({ rememberedUnits }) => rememberedUnits > 0);
  const planned = weights === 'Planned';
  return (
    <DataTable
      label="Units by variant"
      head="Variant"
      columns={[
        { name: weights },
        { name: 'Units' },
        ...(planned ? [{ name: 'Share' }] : []),
        { name: 'Mixed' },
        ...(hasRemembered ? [{ name: 'Remembered' }] : []),
      ]}
      rows={variants.map(({ variant, control, weight, units, mixedUnits, rememberedUnits }) => ({
        id: variant,
        head: <VariantName name={variant} colour={colours.get(variant)} control={control} />,
        cells: [
          weightPercent(weight),
          count(units),
          ...(planned ? [shareOf(units, all)] : []),
          count(mixedUnits),
          ...(hasRemembered ? [count(rememberedUnits)] : []),
        ],
      }))}
    />
  );
}

export const hasCalls = (variants: Variant[]): boolean => variants.some(({ calls }) => calls !== null);

const columns: { name: string; text: (calls: Calls) => string }[] = [
  { name: 'Calls', text: ({ made }) => count(made) },
  { name: 'Errors', text: ({ errors, made }) => withShare(errors, made) },
  { name: 'Timeouts', text: ({ timeouts, made }) => withShare(timeouts, made) },
  { name: 'Cancelled', text: ({ cancelled }) => count(cancelled) },
  { name: 'No report', text: ({ missing }) => count(missing) },
  { name: 'Mean time, ms', text: ({ meanMs }) => (meanMs === null ? NONE : plain(meanMs, meanMs < 100 ? 1 : 0)) },
];

const withShare = (part: number, all: number) =>
  part === 0 || all === 0 ? count(part) : `${count(part)} (${plain((part / all) * 100, 2)}\u202f%)`;

/** Calls made through `run`: only variants that were called. */
export function CallsTable({ variants, colours }: Props) {
  return (
    <DataTable
      label="Calls by variant"
      head="Variant"
      columns={columns}
      rows={variants.map(({ variant, control, calls }) => ({
        id: variant,
        head: <VariantName name={variant} colour={colours.get(variant)} control={control} />,
        cells: columns.map(({ text }) => (calls ? text(calls) : NONE)),
      }))}
    />
  );
}
