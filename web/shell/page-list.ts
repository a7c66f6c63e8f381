export type PageLink = { to: string; label: string };

/** The pages of the navigation and of the palette, in the order of a day: what happens, what it is made of, tools. */
export const pageList: readonly PageLink[] = [
  { to: '/', label: 'Home' },
  { to: '/experiments', label: 'Experiments' },
  { to: '/slots', label: 'Slots' },
  { to: '/catalogue', label: 'Metrics' },
  { to: '/planner', label: 'Planner' },
  { to: '/explain', label: 'Explain' },
  { to: '/audit', label: 'Audit' },
  { to: '/settings', label: 'Settings' },
];

/** The page of the list that an address belongs to: /experiments/checkout is one of the experiments. */
export function isWithin(pathname: string, to: string): boolean {
  if (to === '/') return pathname === '/';
  return pathname === to || pathname.startsWith(`${to}/`);
}
