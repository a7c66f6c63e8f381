import { useCallback, useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';

/** The address follows the typing after this pause; browsers limit how often it may change. */
const followAfterMs = 250;

/** Texts of a form that start from the address and are written back to it, so that a link holds the whole plan. */
export function useAddressForm(): [URLSearchParams, (changes: Record<string, string>) => void] {
  const [search, setSearch] = useSearchParams();
  const [form, setForm] = useState(() => new URLSearchParams(search));
  useEffect(() => {
    const timer = setTimeout(() => setSearch(form, { replace: true }), followAfterMs);
    return () => clearTimeout(timer);
  }, [form, setSearch]);
  const change = useCallback(
    (changes: Record<string, string>) =>
      setForm((now) => {
        const next = new URLSearchParams(now);
        for (const [name, text] of Object.entries(changes)) next.set(name, text);
        return next;
      }),
    [],
  );
  return [form, change];
}
