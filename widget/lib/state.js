/*
 * What the panel shows, as plain data, and how it changes. Pure: reduce(state, event) gives a new state or the same.
 *
 * {
 *   phase: 'opening' | 'unsaved' | 'not_connected' | 'reconnect' | 'no_access' | 'too_old' | 'offline' |
 *          'open_failed' (then `problem` says why) | 'ready',
 *   lang, timeZone, currency,                 // the rep's language; the account's zone and currency
 *   user: {id, isAdmin} | null, connectUrl, privacyUrl,
 *   facts | null, messageCount | null, usage | null,     // as the API gives them
 *   source: 'auto' | 'card' | 'pasted',       // what the next click would use
 *   cardCount: 0,                             // messages that can be read in the card's feed
 *   needsText: false,                         // Kommo gives no messages: offer the card's, or the paste box
 *   run: null | {key, state: 'running' | 'failed', startedAt (ms), summary: '', ratings: null | {criteria}, source,
 *                count | null},               // the click: 'failed' keeps its half summary, to be shown greyed
 *   result: null | Result, resultIs: 'fresh' | 'reused' | 'stored', newSince: 0,
 *   words: {state: 'none' | 'loading' | 'ready' | 'failed',
 *           messages: {id: {id, author, author_name, at, kind, text}}, changed: [pointerKey], gone: [message id]},
 *   located: null | {key, found, why: null | 'gone' | 'changed' | 'not_rendered'},
 *   reply: {state: 'none' | 'shown' | 'asking' | 'failed', text, left: null | n, copied: false},
 *   problem: null | {code, status, requestId, retryable, retryAt (ms) | null, charged: false,
 *                    during: 'open' | 'run' | 'reply' | 'words' | 'paste', extra},
 *   idCopied: false,                          // the request id of `problem` was copied
 *   retry: null | {at (ms), left (ms)},       // the one automatic repetition after a failed click
 *   paste: null | {text, me, dateOrder, participants: [], preview: [], count, skipped, readings, problem, busy, used},
 *   opened: {}                                // name of a disclosure → true
 * }
 * pointerKey is `${message}:${start}:${end}`. `paste.used` says that the shown result came from this text; then the
 * box is folded away and the text stays (in this opening's memory alone) so that its words can be shown.
 * Codes of our own beside the API's: 'network' (no answer), 'maintenance' (503 that is not the API's own),
 * 'session' (Kommo's token was refused), 'copy_failed' never stands here: copying that fails changes nothing.
 */
define([], function () {
  'use strict';

  var NO_WORDS = { state: 'none', messages: {}, changed: [], gone: [] };
  var NO_REPLY = { state: 'none', text: '', left: null, copied: false };

  // What a refusal says of the whole card, whenever it comes: the right may be lost while the card is open.
  var PHASES = {
    not_connected: 'not_connected',
    reconnect_needed: 'reconnect',
    disconnected: 'reconnect',
    not_found: 'no_access',
    user_inactive: 'no_access',
    widget_too_old: 'too_old',
  };

  function initial(given) {
    return {
      phase: 'opening',
      lang: given.lang,
      timeZone: null,
      currency: given.currency || null,
      user: null,
      connectUrl: given.connectUrl,
      privacyUrl: given.privacyUrl,
      facts: null,
      messageCount: null,
      usage: null,
      source: 'auto',
      cardCount: 0,
      needsText: false,
      run: null,
      result: null,
      resultIs: 'stored',
      newSince: 0,
      words: NO_WORDS,
      located: null,
      reply: NO_REPLY,
      problem: null,
      idCopied: false,
      retry: null,
      paste: null,
      opened: {},
    };
  }

  function pointerKey(pointer) {
    return pointer.message + ':' + pointer.start + ':' + pointer.end;
  }

  return { initial: initial, pointerKey: pointerKey, PHASES: PHASES };
});
