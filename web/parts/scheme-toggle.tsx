import { ActionIcon, type MantineColorScheme, useMantineColorScheme } from '@mantine/core';
import { Icon } from './icons.tsx';

const schemes = {
  auto: { icon: 'system', name: 'as the system', next: 'light' },
  light: { icon: 'sun', name: 'light', next: 'dark' },
  dark: { icon: 'moon', name: 'dark', next: 'auto' },
} as const satisfies Record<MantineColorScheme, unknown>;

/** Walks through system, light and dark; the choice is kept in this browser. */
export function SchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { icon, name, next } = schemes[colorScheme];
  const label = `Colours: ${name}. Switch to ${schemes[next].name}`;
  return (
    <ActionIcon variant="subtle" size="lg" title={label} aria-label={label} onClick={() => setColorScheme(next)}>
      <Icon name={icon} />
    </ActionIcon>
  );
}
