/** Browsers read two slashes, of either kind and with tabs or line ends between, as the start of another host. */
const otherHost = /^\/[\t\n\r]*[/\\]/;

/** Where to go after signing in: only a path of this dashboard, never another site. */
export function safeReturn(next: string | null): string {
  if (!next?.startsWith('/') || otherHost.test(next) || next.startsWith('/sign-in')) return '/';
  return next;
}
