import { useEffect, useRef } from 'react';
import { useLocation, useNavigationType } from 'react-router';

/**
 * After a change of page the heading of the new one gets the focus, so that a screen reader tells where one is and Tab
 * goes on from there. Pages that load show their heading later: it is waited for, unless the focus is put elsewhere.
 */
export function usePageFocus(contentId: string): void {
  const { pathname } = useLocation();
  const type = useNavigationType();
  const last = useRef(type === 'POP' ? pathname : null);
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    const content = document.getElementById(contentId);
    if (!content) return;
    if (type !== 'POP') window.scrollTo(0, 0);
    const before = document.activeElement;
    const isElsewhere = () => document.activeElement !== before && document.activeElement !== document.body;
    const focusHeading = (): boolean => {
      if (isElsewhere()) return true;
      const heading = content.querySelector<HTMLElement>('h1:not([data-loading])');
      if (!heading) return false;
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
      return true;
    };
    if (focusHeading()) return;
    const watch = new MutationObserver(() => {
      if (focusHeading()) watch.disconnect();
    });
    watch.observe(content, { childList: true, subtree: true });
    return () => watch.disconnect();
  }, [pathname, type, contentId]);
}
