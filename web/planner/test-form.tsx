import { NativeSelect } from '@mantine/core';
import { HistoryChoice } from './history-choice.tsx';
import { type NumberName, numberFields } from './number-fields.ts';
import { NumberText } from './number-text.tsx';
import { choices, type PlanForm, shownFields } from './plan-fields.ts';
import styles from './planner-form.module.css';
import { SlotSelect } from './slot-select.tsx';

type Props = {
  form: URLSearchParams;
  texts: PlanForm['texts'];
  problems: PlanForm['problems'];
  change: (changes: Record<string, string>) => void;
};

const kinds = { proportion: 'Rate: did it happen to the unit', mean: 'Mean per unit', ratio: 'Ratio of two sums' };
const questions = { difference: 'Is there an effect?', not_worse: 'Is it not worse by a margin?' };
const designs = {
  fixed: 'One look, at the end',
  group_sequential: 'Several planned looks',
  always_valid: 'Look at any time (always valid)',
};

export function TestForm({ form, texts, problems, change }: Props) {
  const kind = choices.kind.find((one) => one === form.get('kind')) ?? 'proportion';
  const question = choices.question.find((one) => one === form.get('question')) ?? 'difference';
  const design = choices.design.find((one) => one === form.get('design')) ?? 'fixed';
  const shown = new Set(shownFields({ kind, question, design }));
  const field = (name: NumberName) => {
    if (!shown.has(name)) return null;
    const about: { label: string; unit?: string; help?: string } = numberFields[name];
    return (
      <NumberText
        key={name}
        label={name === 'mean' && kind === 'ratio' ? 'Ratio of the control' : about.label}
        unit={about.unit}
        help={about.help}
        value={texts[name]}
        problem={problems[name]}
        onText={(text) => change({ [name]: text })}
      />
    );
  };
  return (
    <form className={`${styles.form} card`} aria-label="Plan" onSubmit={(event) => event.preventDefault()}>
      <fieldset className={styles.group}>
        <legend>Metric</legend>
        <HistoryChoice form={form} change={change} />
        <Choice label="Kind" value={kind} options={kinds} onValue={(value) => change({ kind: value })} />
        {field('rate')}
        {field('mean')}
        {field('deviation')}
      </fieldset>
      <fieldset className={styles.group}>
        <legend>Question</legend>
        <Choice
          label="What to find out"
          value={question}
          options={questions}
          onValue={(value) => change({ question: value })}
        />
        {field('effect')}
        {field('margin')}
        <div className={styles.pair}>
          {field('power')}
          {field('level')}
        </div>
        {field('comparisons')}
      </fieldset>
      <fieldset className={styles.group}>
        <legend>Design</legend>
        <Choice
          label="When it is looked at"
          value={design}
          options={designs}
          onValue={(value) => change({ design: value })}
        />
        {field('looks')}
        <div className={styles.pair}>
          {field('challengers')}
          {field('controlShare')}
        </div>
        {field('correlation')}
        <div className={styles.pair}>
          {field('clusterSize')}
          {field('icc')}
        </div>
      </fieldset>
      <fieldset className={styles.group}>
        <legend>Traffic</legend>
        <SlotSelect label="Take the traffic of" form={form} change={change} />
        <div className={styles.pair}>
          {field('perDay')}
          {field('available')}
        </div>
      </fieldset>
    </form>
  );
}

type ChoiceProps = { label: string; value: string; options: Record<string, string>; onValue: (value: string) => void };

function Choice({ label, value, options, onValue }: ChoiceProps) {
  return (
    <NativeSelect
      label={label}
      value={value}
      onChange={(event) => onValue(event.currentTarget.value)}
      data={Object.entries(options).map(([key, text]) => ({ value: key, label: text }))}
    />
  );
}
