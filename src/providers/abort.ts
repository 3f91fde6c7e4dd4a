/**
 * Waits for a promise that several callers share: when one of them aborts, only its own wait ends.
 * @throws the signal's reason as soon as it is aborted
 */
export function orAborted<T>(shared: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    shared.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', leave);
    });
  });
}
