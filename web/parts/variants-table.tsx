import type { Report } from '../../server/contract/report-contract.ts';
import { count, NONE, plain, weightPercent } from '../format.ts';
import { VariantName } from './variant-name.tsx';
import styles from './variants-table.module.css';

type Variant = Report['variants'][number];
type Calls = NonNullable<Variant['calls']>;

const shareOf = (units: number, all: number) => (all === 0 ? NONE : `${plain((units / all) * 100, 1)}\u202f%`);

type Props = { variants: Variant[]; colours: Map<string, string> };

/** Who got how many units. Where weights changed on the way, shares of all units are nothing to compare with them. */
export function VariantsTable({ variants, colours, weights }: Props & { weights: string }) {
  const all = variants.reduce((sum, { units }) => sum + units, 0);
  const hasRemembered = variants.some(({ rememberedUnits }) => rememberedUnits > 0);
  return (
    <div className={styles.scroll}>
      <table className={styles.table} aria-label="Units by variant">
        <thead>
          <tr>
            <th scope="col">Variant</th>
            <th scope="col">{weights}</th>
            <th scope="col">Units</th>
            {weights === 'Planned' && <th scope="col">Share</th>}
            <th scope="col">Mixed</th>
            {hasRemembered && <th scope="col">Remembered</th>}
          </tr>
        </thead>
        <tbody>
          {variants.map(({ variant, control, weight, units, mixedUnits, rememberedUnits }) => (
            <tr key={variant}>
              <th scope="row">
                <VariantName name={variant} colour={colours.get(variant)} control={control} />
              </th>
              <td>{weightPercent(weight)}</td>
              <td>{count(units)}</td>
              {weights === 'Planned' && <td>{shareOf(units, all)}</td>}
              <td>{count(mixedUnits)}</td>
              {hasRemembered && <td>{count(rememberedUnits)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
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
    <div className={styles.scroll}>
      <table className={styles.table} aria-label="Calls by variant">
        <thead>
          <tr>
            <th scope="col">Variant</th>
            {columns.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {variants.map(({ variant, control, calls }) => (
            <tr key={variant}>
              <th scope="row">
                <VariantName name={variant} colour={colours.get(variant)} control={control} />
              </th>
              {columns.map(({ name, text }) => (
                <td key={name}>{calls ? text(calls) : NONE}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
