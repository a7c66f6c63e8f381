import { useSearchParams } from 'react-router';

/** One value that is kept in the address, so that a link shows the same view; the usual one is left out of it. */
export function useAddressValue(name: string, usual: string): [string, (value: string) => void] {
  const [search, setSearch] = useSearchParams();
  const set = (value: string) =>
    setSearch(
      (now) => {
        const next = new URLSearchParams(now);
        if (value === usual) next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  return [search.get(name) ?? usual, set];
}
