import { Menu, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { type RefObject, useState } from 'react';
import { Icon } from '../parts/icons.tsx';
import { type ChartTable, csvOf, downloadName } from './chart-csv.ts';
import styles from './chart-figure.module.css';
import { type LegendEntry, pictureOf } from './chart-picture.ts';

type Props = {
  title: string;
  fileName: string;
  table: ChartTable;
  legend: readonly LegendEntry[];
  figure: RefObject<HTMLElement | null>;
  tableShown: boolean;
  onTable: (shown: boolean) => void;
};

/** Takes a chart away as a picture or as data, or shows its numbers in its place. */
export function ChartExport({ title, fileName, table, legend, figure, tableShown, onTable }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const savePicture = async () => {
    const drawing = figure.current?.querySelector<SVGSVGElement>('svg[role="img"], [role="img"] svg');
    if (!drawing) return setProblem('There is no picture yet.');
    setProblem(null);
    try {
      save(await pictureOf({ drawing, title, legend }), downloadName(location.pathname, fileName, 'png'));
    } catch (error) {
      setProblem(`The picture could not be made: ${error instanceof Error ? error.message : String(error)}.`);
    }
  };
  const saveData = () =>
    save(new Blob([csvOf(table)], { type: 'text/csv' }), downloadName(location.pathname, fileName, 'csv'));
  return (
    <div className={styles.export}>
      <Menu position="bottom-end" withinPortal={false} returnFocus shadow="md" transitionProps={{ duration: 0 }}>
        <Menu.Target>
          <UnstyledButton className={styles.button}>
            Export<VisuallyHidden component="span">: {title}</VisuallyHidden>
            <Icon name="unfold" size={14} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={savePicture}>Picture (PNG)</Menu.Item>
          <Menu.Item onClick={saveData}>Data (CSV)</Menu.Item>
          <Menu.Item onClick={() => onTable(!tableShown)}>{tableShown ? 'Hide the table' : 'Show as table'}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {problem && (
        <p role="alert" className={`${styles.problem} small`}>
          {problem}
        </p>
      )}
    </div>
  );
}

function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  // The browser reads the address after the click.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
