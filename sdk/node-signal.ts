/** What `closeOnSignal` needs of a client. */
interface Closable {
  close(timeoutMs?: number): Promise<unknown>;
}

/**
 * Closes the client when one of `signals` (default SIGTERM and SIGINT) comes, for at most `timeoutMs` (default 5,000);
 * then the process ends by the signal, as it would have at once, unless somebody else listens to it too: then ending is
 * theirs. Repetitions of the signal are ignored meanwhile.
 * @returns a function that ends it, before a signal has come.
 */
export function closeOnSignal(
  client: Closable,
  options: { signals?: readonly NodeJS.Signals[]; timeoutMs?: number } = {},
): () => void {
  const { signals = ['SIGTERM', 'SIGINT'], timeoutMs = 5000 } = options;
  let isClosing = false;
  const stop = () => {
    for (const signal of signals) process.off(signal, close);
  };
  async function close(signal: NodeJS.Signals): Promise<void> {
    if (isClosing) return;
    isClosing = true;
    await client.close(timeoutMs).catch(() => {});
    stop();
    // Without a listener it does what it does by default. Other clients listen until they have closed: the last one raises it.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  }
  for (const signal of signals) process.on(signal, close);
  return stop;
}
