import type { ClientBase, Pool } from 'pg';

/** The pool, or a client in a transaction. */
export type Queryable = Pick<Pool, 'query'> | Pick<ClientBase, 'query'>;
