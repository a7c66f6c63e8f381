/** Where to go after signing in: only a path of this dashboard, never another site. */
export function safeReturn(next: string | null): string {
  if (!next?.startsWith('/') || /^\/[/\\]/.test(next) || next.startsWith('/sign-in')) return '/';
  return next;
}
