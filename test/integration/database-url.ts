/** The same server and account, another database. */
export function alterDatabaseUrl(url: string, database: string): string {
  const altered = new URL(url);
  altered.pathname = `/${database}`;
  return altered.href;
}
