/** Runs a function after everything that waits now: the answer is on its way before it starts. */
export function soon(run: () => void): void {
  // Looked up at each call: Node has it, browsers and most edge runtimes have not.
  const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => unknown };
  if (setImmediate) setImmediate(run);
  else setTimeout(run, 0);
}
