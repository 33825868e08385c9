/*
 * When to try again. Pure: numbers in, numbers out, in milliseconds.
 *
 * The one automatic repetition is promised to the rep: the same click, the same key, 30 s after a failure that may
 * pass, while the card is open, visible and to be called off. Polling after a cut stream asks ever more seldom.
 */
define([], function () {
  'use strict';

  var AUTOMATIC_MS = 30000;
  var LONGEST_WAIT_MS = 120000; // Beyond this nobody sits and watches: the rep clicks when they come back.
  var POLL_MS = [1000, 2000, 4000, 8000];

  return {
    POLL_FOR_MS: 75000, // The service ends every run within 60 s; the rest is for the road.
    SILENCE_MS: 40000, // Two heartbeats of 15 s and more: the stream is cut, or a proxy holds it back.

    // When a failed click is repeated by itself; null when it is not.
    automaticAt: function (problem, now, wasRepeated) {
      if (!problem.retryable || wasRepeated) { return null; }
      var at = Math.max(now + AUTOMATIC_MS, problem.retryAt || 0);
      return at - now > LONGEST_WAIT_MS ? null : at;
    },

    // How long to wait before the n-th look (from 0) at a run whose stream was lost.
    pollAfter: function (n) {
      return POLL_MS[Math.min(n, POLL_MS.length - 1)];
    },
  };
});
