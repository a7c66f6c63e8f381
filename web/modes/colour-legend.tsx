import { VariantName } from '../parts/variant-name.tsx';
import styles from './mode-card.module.css';

/** Which colour is whose. */
export function ColourLegend({ names, colours }: { names: string[]; colours: Map<string, string> }) {
  return (
    <ul className={`${styles.legend} small`}>
      {names.map((name) => (
        <li key={name}>
          <VariantName name={name} colour={colours.get(name)} />
        </li>
      ))}
    </ul>
  );
}
