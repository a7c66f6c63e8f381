/** What the command ends with; scripts rely on these numbers (docs/cli.md). */
export const EXIT = { ok: 0, error: 1, differences: 2, refused: 3, notLoggedIn: 4 } as const;

export interface ErrorFacts {
  exitCode?: number;
  /** The server's own code, such as `would_move_units`. */
  code?: string;
  /** HTTP status of the answer. */
  status?: number;
}

/** An error a person may see: one sentence that says what to do. */
export class CliError extends Error {
  readonly exitCode: number;
  readonly code: string;
  readonly status: number;
  constructor(message: string, { exitCode = EXIT.error, code = '', status = 0 }: ErrorFacts = {}) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.code = code;
    this.status = status;
  }
}
