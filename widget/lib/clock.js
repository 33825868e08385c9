/*
 * Time that ends with the card: every timer here is cleared when its signal is aborted.
 *
 *   now()                        milliseconds since 1970
 *   sleep(ms, signal)            a promise; rejects with the signal's reason
 *   within(promise, ms, signal)  the promise, or a rejection after so long ('late'), or the signal's reason
 *   limit(ms, signal)            {signal, clear()}: a signal that aborts after so long, or with the given one
 *   every(ms, work, signal)      calls work again and again; returns what stops it
 *   after(ms, work, signal)      calls work once; returns what stops it
 */
define([], function () {
  'use strict';

  function after(ms, work, signal) {
    var timer = setTimeout(function () {
      signal.removeEventListener('abort', stop);
      work();
    }, ms);
    function stop() {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
    signal.addEventListener('abort', stop);
    if (signal.aborted) { stop(); }
    return stop;
  }

  function every(ms, work, signal) {
    var stop = null;
    function again() {
      stop = after(ms, function () {
        again();
        work();
      }, signal);
    }
    again();
    return function () { stop(); };
  }

  function within(promise, ms, signal) {
    return new Promise(function (resolve, reject) {
      function left() { reject(signal.reason); }
      if (signal.aborted) {
        left();
        return;
      }
      var stop = after(ms, function () {
        signal.removeEventListener('abort', left);
        reject(new Error('late'));
      }, signal);
      function ended() {
        stop();
        signal.removeEventListener('abort', left);
      }
      signal.addEventListener('abort', left);
      promise.then(function (value) {
        ended();
        resolve(value);
      }, function (failed) {
        ended();
        reject(failed);
      });
    });
  }

  function sleep(ms, signal) {
    return new Promise(function (resolve, reject) {
      function left() { reject(signal.reason); }
      if (signal.aborted) {
        left();
        return;
      }
      signal.addEventListener('abort', left);
      after(ms, function () {
        signal.removeEventListener('abort', left);
        resolve();
      }, signal);
    });
  }

  function limit(ms, signal) {
    var own = new AbortController();
    function left() { own.abort(signal.reason); }
    var stop = after(ms, function () { own.abort(new Error('late')); }, signal);
    signal.addEventListener('abort', left);
    if (signal.aborted) { left(); }
    return {
      signal: own.signal,
      // The time is up for the answer's beginning only; leaving the card ends its body too.
      clear: function () { stop(); },
    };
  }

  return { now: Date.now, sleep: sleep, within: within, limit: limit, every: every, after: after };
});
