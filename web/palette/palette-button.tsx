import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { Icon } from '../parts/icons.tsx';
import styles from './palette-button.module.css';

const CommandPalette = lazy(() => import('./command-palette.tsx'));

/** Opens the palette, as Ctrl K or ⌘ K does anywhere; its code is loaded when it is first opened. */
export function PaletteButton() {
  const [opened, setOpened] = useState(false);
  const [wanted, setWanted] = useState(false);
  const before = useRef<Element | null>(null);
  const open = useCallback(() => {
    before.current = document.activeElement;
    setWanted(true);
    setOpened(true);
  }, []);
  const close = useCallback(() => setOpened(false), []);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      if (opened) close();
      // Two dialogs at once would leave the reader between them.
      else if (!document.querySelector('[role="dialog"]')) open();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [opened, open, close]);
  // Not left to the dialog: it is open from its first moment on, and then knows of no focus before.
  useEffect(() => {
    if (!opened && before.current instanceof HTMLElement) before.current.focus();
  }, [opened]);
  return (
    <>
      <button
        type="button"
        className={styles.button}
        aria-haspopup="dialog"
        aria-keyshortcuts={shortcut}
        onClick={open}
      >
        <Icon name="search" size={16} />
        <span>Search</span>
        <span className={styles.key} aria-hidden="true">
          {isApple ? '⌘ K' : 'Ctrl K'}
        </span>
      </button>
      {wanted && (
        <Suspense fallback={null}>
          <CommandPalette opened={opened} onClose={close} />
        </Suspense>
      )}
    </>
  );
}

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);
const shortcut = isApple ? 'Meta+K' : 'Control+K';
