/** A picture of the guide: which page of the demo, and what must stand there before it is taken. */
export interface GuidePage {
  /** Name of its file. */
  name: string;
  path: string;
  /** Text that is there once the page has its data. */
  shows: RegExp;
  /** Height of the picture in pixels, 1000 when absent: a guide needs the upper part of a page. */
  height?: number;
}

export const GUIDE_PAGES: GuidePage[] = [
  { name: 'home', path: '/', shows: /Two-tower model/ },
  { name: 'experiments', path: '/experiments', shows: /Two-tower model/, height: 800 },
  { name: 'slots', path: '/slots', shows: /recommender/, height: 800 },
  { name: 'slot', path: '/slots/feed-ranker', shows: /A personal feed/, height: 1300 },
  { name: 'ab', path: '/experiments/two-tower-recommender', shows: /Mature units/, height: 1500 },
  { name: 'shadow', path: '/experiments/personal-feed?phase=0', shows: /greement/, height: 1300 },
  { name: 'canary', path: '/experiments/personal-search', shows: /[Gg]uardrail/, height: 1300 },
  { name: 'interleaving', path: '/experiments/related-articles', shows: /[Pp]refer/, height: 1300 },
  { name: 'bandit', path: '/experiments/mail-teaser', shows: /[Ee]poch/, height: 1300 },
  { name: 'planner', path: '/planner', shows: /units/, height: 1300 },
  { name: 'catalogue', path: '/catalogue', shows: /Revenue per visitor/ },
  { name: 'metric', path: '/catalogue/revenue', shows: /Revenue per visitor/ },
  { name: 'explain', path: '/explain?slot=recommender&unit=visitor-1', shows: /visitor-1/ },
  { name: 'audit', path: '/audit', shows: /demo|started|ASSAY/i, height: 800 },
  { name: 'settings', path: '/settings', shows: /demo/, height: 800 },
];
