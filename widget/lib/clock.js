/*
 * Time that ends with the card: every timer here is cleared when its signal is aborted.
 *
 *   now()                        milliseconds since 1970
 *   after(ms, work, signal)      calls work once; gives what stops it
 *   every(ms, work, signal)      calls work again and again; gives what stops it
 *   sleep(ms, signal)            a promise; rejects with the signal's reason
 *   within(promise, ms, signal)  the promise, or a rejection after so long, or the signal's reason
 *   limit(ms, signal)            {signal, clear()}: a signal that aborts after so long, or with the given one
 */
define([], () => {
  'use strict';

  const LONGEST_MS = 2 ** 31 - 1; // 24.8 days: a timer set for longer would go off at once.

  function after(ms, work, signal) {
    if (signal.aborted) { return () => {}; }
    const stop = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
    const timer = setTimeout(() => {
      stop();
      work();
    }, Math.min(ms, LONGEST_MS));
    signal.addEventListener('abort', stop);
    return stop;
  }

  function every(ms, work, signal) {
    let stop = null;
    const next = () => {
      stop = after(ms, () => {
        next();
        work();
      }, signal);
    };
    next();
    return () => stop();
  }

  function within(promise, ms, signal) {
    return new Promise((resolve, reject) => {
      const left = () => reject(signal.reason);
      if (signal.aborted) {
        left();
        return;
      }
      signal.addEventListener('abort', left);
      const late = after(ms, () => reject(new Error('late')), signal);
      promise.then(resolve, reject).finally(() => {
        late();
        signal.removeEventListener('abort', left);
      });
    });
  }

  function sleep(ms, signal) {
    const never = new Promise(() => {});
    return within(never, ms, signal).catch(() => signal.throwIfAborted());
  }

  function limit(ms, signal) {
    const own = new AbortController();
    const clear = after(ms, () => own.abort(new Error('late')), signal);
    signal.addEventListener('abort', () => own.abort(signal.reason), { signal: own.signal });
    if (signal.aborted) { own.abort(signal.reason); }
    // Cleared, the time is up for nobody; leaving the card still ends the body that is being read.
    return { signal: own.signal, clear };
  }

  return { now: Date.now, after, every, sleep, within, limit };
});
