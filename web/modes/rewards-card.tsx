import { Progress } from '@mantine/core';
import type { BanditReport } from '../../server/contract/bandit-contract.ts';
import { count, percentOf } from '../format.ts';
import { epochFacts } from './bandit-words.ts';
import { FactList } from './fact-list.tsx';
import styles from './mode-card.module.css';
import { ModeCard } from './mode-card.tsx';

/** What a reward is, and how many of them are final. */
export function RewardsCard({ bandit }: { bandit: BanditReport }) {
  const { open, reward } = bandit;
  return (
    <ModeCard id="rewards" title="Rewards" sentence={open.sentence}>
      {open.share !== null && <OpenWindows open={open} share={open.share} />}
      <p className="small">
        {reward.name}: {reward.sentence}
      </p>
      <FactList facts={epochFacts(bandit)} />
    </ModeCard>
  );
}

/** Decisions whose reward may still come beside those that are final. */
function OpenWindows({ open: { decisions, openDecisions }, share }: { open: BanditReport['open']; share: number }) {
  const closed = decisions - openDecisions;
  return (
    <div className={styles.share}>
      <Progress.Root size={14} radius="sm" aria-label="Decisions by whether their reward window is closed">
        <Progress.Section
          value={100 * (1 - share)}
          color="var(--variant-1)"
          aria-label={`Rewards final: ${count(closed)} decisions`}
        />
        <Progress.Section
          value={100 * share}
          color="var(--variant-6)"
          aria-label={`Windows open: ${count(openDecisions)} decisions`}
        />
      </Progress.Root>
      <ul className={`${styles.keys} small numbers`}>
        <li>
          <span aria-hidden="true" style={{ background: 'var(--variant-1)' }} />
          Reward is final: {count(closed)} ({percentOf(1 - share)})
        </li>
        <li>
          <span aria-hidden="true" style={{ background: 'var(--variant-6)' }} />
          Window is open: {count(openDecisions)} ({percentOf(share)})
        </li>
      </ul>
    </div>
  );
}
