import { Button } from '@mantine/core';
import { type KeyboardEvent, useRef, useState } from 'react';
import { Link, useLocation } from 'react-router';
import type { Session } from '../../server/contract/catalog.ts';
import { PaletteButton } from '../palette/palette-button.tsx';
import { Icon, Mark } from '../parts/icons.tsx';
import { SchemeToggle } from '../parts/scheme-toggle.tsx';
import { isWithin, pageList } from './page-list.ts';
import styles from './site-header.module.css';
import { useSignOut } from './use-sign-out.ts';

/** Where one is, where one can go, and who is signed in. Narrow pages fold all but the brand into a menu. */
export function SiteHeader({ session }: { session: Session | undefined }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => setOpen(false);
  const closeOnEscape = ({ key }: KeyboardEvent) => {
    if (key !== 'Escape' || !open) return;
    close();
    button.current?.focus();
  };
  return (
    <header className={styles.header}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: Esc is heard wherever the focus is in the open menu. */}
      <div className={styles.bar} onKeyDown={closeOnEscape}>
        <Link to="/" className={styles.brand} aria-label="Assay: home" onClick={close}>
          <Mark />
          Assay
        </Link>
        {session && <PaletteButton />}
        <button
          ref={button}
          type="button"
          className={styles.menu}
          aria-expanded={open}
          aria-controls="menu"
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? 'close' : 'menu'} />
          Menu
        </button>
        <div id="menu" className={styles.panel} data-open={open || undefined}>
          <Pages onChoice={close} />
          <div className={styles.end}>
            {session && (
              <span className={`${styles.place} muted small`} title={`Signed in with the key “${session.name}”`}>
                {session.project} / {session.environment}
              </span>
            )}
            <SchemeToggle />
            {session && <SignOut />}
          </div>
        </div>
      </div>
    </header>
  );
}

function Pages({ onChoice }: { onChoice: () => void }) {
  const { pathname } = useLocation();
  return (
    <nav aria-label="Main" className={styles.nav}>
      <ul>
        {pageList.map(({ to, label }) => (
          <li key={to}>
            <Link to={to} aria-current={isWithin(pathname, to) ? 'page' : undefined} onClick={onChoice}>
              {label}
            </Link>
          </li>
        ))}
        <li>
          <a href="/docs">API reference</a>
        </li>
      </ul>
    </nav>
  );
}

function SignOut() {
  const signOut = useSignOut();
  return (
    <Button variant="subtle" size="compact-sm" loading={signOut.isPending} onClick={() => signOut.mutate()}>
      Sign out
    </Button>
  );
}
