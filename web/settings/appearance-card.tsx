import { type MantineColorScheme, SegmentedControl, useMantineColorScheme } from '@mantine/core';

/** Colours of this browser. */
export function AppearanceCard() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <section className="card stack" aria-labelledby="appearance" style={{ alignItems: 'flex-start' }}>
      <div>
        <h2 id="appearance">Appearance</h2>
        <p className="muted">Kept in this browser.</p>
      </div>
      <SegmentedControl
        aria-label="Colours"
        value={colorScheme}
        onChange={(value) => setColorScheme(value as MantineColorScheme)}
        data={[
          { value: 'auto', label: 'As the system' },
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
        ]}
      />
    </section>
  );
}
