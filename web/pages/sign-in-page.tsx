import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Navigate, useLocation, useNavigate, useSearchParams } from 'react-router';
import { isSignedOut, problemOf } from '../api/error-sentence.ts';
import { sessionQuery, signInMutation } from '../api/queries.ts';
import { safeReturn } from '../api/safe-return.ts';
import { Mark } from '../parts/icons.tsx';
import { SchemeToggle } from '../parts/scheme-toggle.tsx';
import styles from './sign-in-page.module.css';

/** Takes an admin key, or the token of a sign-in link from the fragment, which never reaches a server's log. */
export function SignInPage() {
  const [search] = useSearchParams();
  const client = useQueryClient();
  const session = useQuery(sessionQuery);
  const signIn = useMutation({
    ...signInMutation,
    onSuccess: async (data) => {
      await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
      client.setQueryData(sessionQuery.queryKey, data);
    },
  });
  const byLink = useLinkToken(signIn.mutate);
  if (session.data) return <Navigate to={safeReturn(search.get('next'))} replace />;
  return (
    <div className={styles.page}>
      <title>Sign in · Assay</title>
      <div className={styles.corner}>
        <SchemeToggle />
      </div>
      <main className={`${styles.box} card`}>
        <div className={styles.brand}>
          <Mark size={34} />
          <h1>Sign in to Assay</h1>
        </div>
        {byLink && signIn.isPending ? (
          <p role="status">Signing you in with the link…</p>
        ) : (
          <KeyForm pending={signIn.isPending} error={messageOf(signIn.error, byLink)} onKey={signIn.mutate} />
        )}
      </main>
    </div>
  );
}

/** Reads `#token=…` once, takes it out of the address and the history, and hands it on. */
function useLinkToken(onToken: (token: string) => void): boolean {
  const { hash, pathname, search } = useLocation();
  const navigate = useNavigate();
  const taken = useRef(false);
  const [byLink] = useState(() => tokenOf(hash) !== null);
  useEffect(() => {
    const token = tokenOf(hash);
    if (token === null || taken.current) return;
    taken.current = true;
    navigate(pathname + search, { replace: true });
    onToken(token);
  }, [hash, pathname, search, navigate, onToken]);
  return byLink;
}

const tokenOf = (hash: string) => new URLSearchParams(hash.replace(/^#/, '')).get('token') || null;

function messageOf(error: unknown, byLink: boolean): string | null {
  if (!error) return null;
  if (!isSignedOut(error)) {
    const { title, advice } = problemOf(error);
    return `${title}. ${advice}`;
  }
  return byLink
    ? 'This link or key is not valid any more. Paste an admin key, or ask for a new link.'
    : 'This key is not known here. Check that you pasted all of it and that it is an admin key, not an SDK key.';
}

type FormProps = { pending: boolean; error: string | null; onKey: (key: string) => void };

function KeyForm({ pending, error, onKey }: FormProps) {
  const [missing, setMissing] = useState(false);
  const problem = missing ? 'Paste the key first.' : error;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get('key') ?? '').trim();
    setMissing(key === '');
    if (key !== '') onKey(key);
  };
  return (
    <form onSubmit={submit} className="stack" noValidate>
      <PasswordInput
        name="key"
        label="Admin key"
        description="The server printed it, or a link that signs you in, when it first started."
        autoComplete="current-password"
        autoFocus
        size="md"
        error={problem}
        errorProps={{ role: 'alert' }}
        aria-invalid={problem !== null}
        onChange={() => setMissing(false)}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the key' }}
      />
      <Button type="submit" size="md" loading={pending}>
        Sign in
      </Button>
    </form>
  );
}
