import { useMutation, useQueryClient } from '@tanstack/react-query';
import { sessionQuery, signOutMutation } from '../api/queries.ts';

/** Ends the session and forgets what was read with it; the shell then leads to the sign-in page. */
export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    ...signOutMutation,
    onSuccess: () => {
      client.setQueryData(sessionQuery.queryKey, null);
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
    },
  });
}
