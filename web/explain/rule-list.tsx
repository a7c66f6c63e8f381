import { Icon } from '../parts/icons.tsx';
import { ruleText } from '../parts/targeting-words.ts';
import { actualText, type ExplainedRule } from './explain-words.ts';
import styles from './explanation.module.css';

type Rule = Omit<ExplainedRule, 'audiences'> & Partial<Pick<ExplainedRule, 'audiences'>>;

/** Each rule with what the unit has, and whether it holds; rules on audiences with the rules of each audience. */
export function RuleList({ rules }: { rules: readonly Rule[] }) {
  return (
    <ul className={styles.rules}>
      {rules.map((rule) => {
        const actual = actualText(rule);
        return (
          <li key={`${rule.attribute} ${rule.operator} ${JSON.stringify(rule.values)}`}>
            <p className={styles.rule}>
              <Holds holds={rule.holds} />
              <span>
                {ruleText(rule)}
                {actual && <span className="muted">: {actual}</span>}
              </span>
            </p>
            {rule.audiences?.map((audience) => (
              <div key={audience.key} className={styles.audience}>
                <p className="small">
                  {audience.holds ? 'The unit is' : 'The unit is not'} in audience <code>{audience.key}</code>
                  {audience.rules.length === 0 && ', which has no rules'}
                </p>
                <RuleList rules={audience.rules} />
              </div>
            ))}
          </li>
        );
      })}
    </ul>
  );
}

function Holds({ holds }: { holds: boolean }) {
  return (
    <span className={`${styles.holds} ${holds ? 'tone-good' : 'tone-bad'}`}>
      <Icon name={holds ? 'check' : 'cross'} size={16} />
      {holds ? 'Holds' : 'Fails'}
    </span>
  );
}
