import { SegmentedControl } from '@mantine/core';
import { InterleavingPlanner } from '../planner/interleaving-planner.tsx';
import { TestPlanner } from '../planner/test-planner.tsx';
import { useAddressForm } from '../planner/use-address-form.ts';
import styles from './planner-page.module.css';

/** How large must an experiment be? Computed here in the browser; nothing is stored but the address. */
export default function PlannerPage() {
  const [form, change] = useAddressForm();
  const interleaving = form.get('plan') === 'interleaving';
  return (
    <div className={styles.page}>
      <title>Planner · Assay</title>
      <div>
        <h1>How large must it be?</h1>
        <p className="muted">
          Decide before the start how many units it takes to see the effect that matters. The address of this page holds
          the whole plan, so it can be shared.
        </p>
      </div>
      <SegmentedControl
        aria-label="What is planned"
        className={styles.tabs ?? ''}
        value={interleaving ? 'interleaving' : 'test'}
        onChange={(plan) => change({ plan })}
        data={[
          { value: 'test', label: 'A/B test' },
          { value: 'interleaving', label: 'Interleaving of rankings' },
        ]}
      />
      {interleaving ? <InterleavingPlanner form={form} change={change} /> : <TestPlanner form={form} change={change} />}
    </div>
  );
}
