import { useEffect } from 'react';
import { useLocation } from 'react-router';

/** Leads to the part of the page that the address names, once it is there: its heading comes into view and has the focus. */
export function useHashTarget(): void {
  const { hash } = useLocation();
  useEffect(() => {
    const target = hash === '' ? null : document.getElementById(decodeURIComponent(hash.slice(1)));
    if (!target) return;
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: 'start' });
  }, [hash]);
}
