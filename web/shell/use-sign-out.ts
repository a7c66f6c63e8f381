import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/api-client.ts';
import { sessionQuery, signOutMutation } from '../api/queries.ts';

/** Ends the session and forgets what was read with it; the shell then leads to the sign-in page. */
export function useSignOut() {
  const client = useQueryClient();
  const forget = () => {
    client.setQueryData(sessionQuery.queryKey, null);
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
  };
  return useMutation({
    ...signOutMutation,
    onSuccess: forget,
    // A key that may not even ask who is signed in has no session to end: signing in takes its place.
    onError: (error) => {
      if (error instanceof ApiError && error.status === 403) forget();
    },
  });
}
