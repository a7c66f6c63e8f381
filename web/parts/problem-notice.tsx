import { Button } from '@mantine/core';
import { useInRouterContext } from 'react-router';
import { problemOf } from '../api/error-sentence.ts';
import { useSignOut } from '../shell/use-sign-out.ts';
import { Icon } from './icons.tsx';
import styles from './notice.module.css';

/** What failed and what to do, in the place of what could not be shown. */
export function ProblemNotice({
  error,
  onRetry,
  headed = false,
}: {
  error: unknown;
  onRetry?: () => void;
  headed?: boolean;
}) {
  const { title, advice, retry, forbidden } = problemOf(error);
  const routed = useInRouterContext();
  return (
    <div className={`${styles.notice} tone-bad`} role="alert">
      <Icon name="warning" size={20} />
      <div>
        {headed ? <h1 className={styles.title}>{title}</h1> : <p className={styles.title}>{title}</p>}
        <p>{advice}</p>
        {forbidden && routed && <OtherKey />}
        {retry && onRetry && (
          <Button size="xs" variant="default" mt="sm" onClick={onRetry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}

/** Who is signed in is led back from the sign-in page: the session ends first, and the shell then goes there. */
function OtherKey() {
  const signOut = useSignOut();
  return (
    <Button size="xs" variant="default" mt="sm" loading={signOut.isPending} onClick={() => signOut.mutate()}>
      Sign in with another key
    </Button>
  );
}
