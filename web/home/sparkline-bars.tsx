import type { Sparkline } from '../../server/contract/home-contract.ts';
import { sparklineCaption, sparklineText } from './home-words.ts';
import styles from './running-list.module.css';

const width = 160;
const height = 32;

/** New units over time as bars: whether units still come, at a glance. Plain shapes, so that home loads no charts. */
export function SparklineBars({ sparkline }: { sparkline: Sparkline }) {
  const { counts } = sparkline;
  const most = Math.max(1, ...counts);
  const step = width / Math.max(8, counts.length);
  return (
    <figure className={styles.spark}>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={sparklineText(sparkline)}>
        <path d={`M0 ${height - 0.5}H${width}`} stroke="var(--line)" />
        {counts.map((count, place) => {
          const tall = count === 0 ? 0 : Math.max(1.5, (count / most) * (height - 2));
          return (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place in time
              key={place}
              x={place * step}
              y={height - tall}
              width={Math.max(0.5, step - 1)}
              height={tall}
              fill="var(--live)"
            />
          );
        })}
      </svg>
      <figcaption className="muted small" aria-hidden="true">
        {sparklineCaption(sparkline)}
      </figcaption>
    </figure>
  );
}
