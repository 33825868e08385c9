/* When to try again. Pure: numbers in, numbers out, in milliseconds. */
define([], () => {
  'use strict';

  const AUTOMATIC_MS = 30000; // As promised to the rep: the same click, once, 30 s after a failure that may pass.
  const LONGEST_WAIT_MS = 120000; // Beyond this nobody sits and watches: the rep clicks when they come back.
  const POLL_MS = [1000, 2000, 4000, 8000];
  const FOLLOW_MS = [2000, 3000, 5000, 8000, 13000, 20000, 30000]; // A transcription may wait for minutes.

  return {
    POLL_FOR_MS: 75000, // The service ends every run within 60 s; the rest is for the road.
    SILENCE_MS: 40000, // Two heartbeats of 15 s and more: the stream is cut, or a proxy holds it back.

    // When a failed click is repeated by itself; null when it is not.
    automaticAt: ({ retryable, retryAt }, now, wasRepeated) => {
      const at = Math.max(now + AUTOMATIC_MS, retryAt || 0);
      return retryable && !wasRepeated && at - now <= LONGEST_WAIT_MS ? at : null;
    },

    // How long to wait before the n-th look (from 0) at a run whose stream was lost.
    pollAfter: (n) => POLL_MS[Math.min(n, POLL_MS.length - 1)],

    // How long to wait before the n-th look (from 0) at transcriptions whose stream nobody hears. Before the first of
    // the times at which the service tries again itself, there is nothing to see.
    followAfter: (n, retryAts, now) => {
      const wait = FOLLOW_MS[Math.min(n, FOLLOW_MS.length - 1)];
      return retryAts.includes(null) ? wait : Math.max(wait, Math.min(...retryAts) - now + 500);
    },
  };
});
