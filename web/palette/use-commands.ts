import { useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { slotListQuery } from '../api/catalogue-queries.ts';
import { experimentsQuery, metricsQuery } from '../api/queries.ts';
import { pageList } from '../shell/page-list.ts';
import { useSignOut } from '../shell/use-sign-out.ts';
import type { Command } from './rank-commands.ts';

const schemes = { light: 'light', dark: 'dark', auto: 'as the system' } as const;

/** All that one can jump to or do; what is still loading comes as it arrives. */
export function useCommands(): { commands: Command[]; pending: boolean; failed: boolean } {
  const queries = [useQuery(experimentsQuery), useQuery(slotListQuery), useQuery(metricsQuery)] as const;
  const [experiments, slots, metrics] = queries;
  const commands = [
    ...pageList.map(({ to, label }) => placeOf(to, label, 'page')),
    ...(experiments.data ?? []).map(({ key, name, slot }) =>
      placeOf(`/experiments/${encodeURIComponent(key)}`, name, 'experiment', `${key} ${slot}`),
    ),
    ...(slots.data ?? []).map(({ key, variants }) =>
      placeOf(`/slots/${encodeURIComponent(key)}`, key, 'slot', variants.map((each) => each.key).join(' ')),
    ),
    ...(metrics.data ?? []).map(({ key, name }) =>
      placeOf(`/catalogue/${encodeURIComponent(key)}`, name, 'metric', key),
    ),
    ...useActions(),
  ];
  return {
    commands,
    pending: queries.some(({ isPending }) => isPending),
    failed: queries.some(({ isError, data }) => isError && !data),
  };
}

const placeOf = (to: string, label: string, kind: string, words = ''): Command => ({ id: to, label, kind, words, to });

function useActions(): Command[] {
  const { setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  return [
    ...(['light', 'dark', 'auto'] as const).map((scheme) => ({
      id: `colours-${scheme}`,
      label: `Colours: ${schemes[scheme]}`,
      kind: 'action',
      words: 'theme scheme mode toggle',
      run: () => setColorScheme(scheme),
    })),
    { id: 'docs', label: 'API reference', kind: 'page', words: 'docs', run: () => window.location.assign('/docs') },
    { id: 'sign-out', label: 'Sign out', kind: 'action', words: 'log out leave', run: () => signOut.mutate() },
  ];
}
