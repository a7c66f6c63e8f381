/** Why a backup or a restore cannot be made. The message is one line for people: what is wrong and what to do. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

export function damaged(file: string, what: string): ArchiveError {
  return new ArchiveError(`${file} is damaged (${what}), nothing was changed: use another copy of it.`);
}
