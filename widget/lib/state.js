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
 *   paste: null | {text, me, dateOrder, participants: [], preview: [], count: null | n, skipped,
 *                 readings: [] | ['dmy', 'mdy'], problem, busy, used},
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

  var PASTE = ['who_are_you', 'date_order_unclear', 'pasted_empty', 'pasted_unreadable', 'too_many_characters',
    'too_many_messages'];

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


  function merge(state, change) {
    return Object.assign({}, state, change);
  }

  // Nothing of a lead stays in view once Kommo no longer shows it to this user.
  function shut(state, phase, problem) {
    return merge(initial({ lang: state.lang, connectUrl: state.connectUrl, privacyUrl: state.privacyUrl }), {
      phase: phase, problem: problem, user: state.user, timeZone: state.timeZone, currency: state.currency,
    });
  }

  function sameRun(state, event) {
    return Boolean(state.run) && state.run.key === event.key && state.run.state === 'running';
  }

  // The place of a result: how it came, and what follows from its being another than the one before.
  function withResult(state, result, is, newSince) {
    var same = state.result && result && state.result.id === result.id;
    var reply = same ? state.reply : NO_REPLY;
    if (result && result.suggested_reply) {
      reply = merge(NO_REPLY, { state: 'shown', text: result.suggested_reply });
    }
    return merge(state, {
      result: result,
      resultIs: is,
      newSince: newSince,
      words: same ? state.words : NO_WORDS,
      located: same ? state.located : null,
      reply: reply,
      opened: same ? state.opened : onlyLasting(state.opened),
    });
  }

  // Evidence that was unfolded belongs to one result; the other disclosures stay as the rep left them.
  function onlyLasting(opened) {
    return Object.keys(opened).filter(function (name) { return name.indexOf(':') < 0; })
      .reduce(function (kept, name) { return Object.assign(kept, one(name)); }, {});
  }

  function one(name) {
    var made = {};
    made[name] = true;
    return made;
  }

  // One event of a run's stream.
  function streamed(state, event) {
    var data = event.data;
    switch (event.event) {
      case 'facts':
        return merge(state, {
          facts: data,
          messageCount: data.messages ? data.messages.total : state.messageCount,
          run: merge(state.run, { count: data.messages ? data.messages.total : state.run.count }),
        });
      case 'summary':
        return merge(state, { run: merge(state.run, { summary: state.run.summary + data.delta }) });
      case 'summary_reset':
        return merge(state, { run: merge(state.run, { summary: '', ratings: null }) });
      case 'ratings':
        return merge(state, { run: merge(state.run, { ratings: data }) });
      case 'result':
        return finished(state, data);
      default:
        return state; // `accepted`, and what a later service may say.
    }
  }

  function finished(state, result) {
    var usesPaste = state.run.source === 'pasted' && state.paste;
    return merge(withResult(state, result, result.reused ? 'reused' : 'fresh', 0), {
      run: null,
      problem: null,
      retry: null,
      needsText: state.needsText,
      facts: result.facts || state.facts,
      messageCount: result.messages_total === undefined ? state.messageCount : result.messages_total,
      usage: result.usage || state.usage,
      paste: usesPaste ? merge(state.paste, { used: true, busy: false, problem: null }) : state.paste,
    });
  }

  function opened(state, document) {
    var latest = document.latest || null;
    return merge(withResult(state, latest, 'stored', document.new_since_latest || 0), {
      phase: 'ready',
      problem: null,
      facts: document.facts,
      messageCount: document.message_count,
      usage: document.usage,
      needsText: state.needsText || (state.source === 'auto' && document.facts === null),
    });
  }

  // What a quiet look found: new figures, and a colleague's newer result in the place of ours.
  function refreshed(state, document) {
    if (state.phase !== 'ready' || (state.run && state.run.state === 'running')) { return state; }
    var latest = document.latest || null;
    var isOurs = !latest || (state.result && isShown(state.result, latest));
    var next = isOurs
      ? merge(state, { newSince: latest ? document.new_since_latest || 0 : state.newSince })
      : withResult(state, latest, 'stored', document.new_since_latest || 0);
    return merge(next, {
      facts: document.facts || state.facts,
      messageCount: document.message_count === null ? state.messageCount : document.message_count,
      usage: document.usage || state.usage,
    });
  }

  // The latest row may be a click that was served an earlier one's result: then what is shown is still the same.
  function isShown(result, latest) {
    return result.id === latest.id
      || (result.created_at === latest.created_at && result.output_language === latest.output_language);
  }

  function refused(state, problem) {
    var phase = PHASES[problem.code];
    if (phase) { return shut(state, phase, problem); }
    if (problem.during === 'open') {
      return merge(state, { phase: problem.code === 'offline' ? 'offline' : 'open_failed', problem: problem });
    }
    switch (problem.during) {
      case 'words':
        return merge(state, { words: merge(state.words, { state: 'failed' }) });
      case 'reply':
        return merge(state, {
          problem: problem,
          reply: merge(state.reply, {
            state: state.reply.text ? 'shown' : 'failed',
            left: problem.code === 'replies_used_up' ? 0 : state.reply.left,
          }),
        });
      case 'paste':
        return state.paste ? merge(state, { paste: pasteRefused(state.paste, problem) }) : state;
      default:
        return merge(state, { problem: problem });
    }
  }

  // A refusal of the pasted text that asks something brings what there is to choose from.
  function pasteRefused(paste, problem) {
    return merge(paste, {
      busy: false,
      problem: problem,
      preview: [],
      count: null,
      participants: problem.extra.participants || paste.participants,
      readings: problem.extra.readings ? Object.keys(problem.extra.readings) : paste.readings,
    });
  }

  function runFailed(state, event) {
    if (!sameRun(state, event)) { return state; }
    var next = merge(state, { run: merge(state.run, { state: 'failed' }), idCopied: false });
    if (next.paste) { next = merge(next, { paste: merge(next.paste, { busy: false }) }); }
    if (event.problem.extra.usage) { next = merge(next, { usage: event.problem.extra.usage }); }
    if (event.problem.code === 'messages_unavailable') { next = merge(next, { needsText: true }); }
    if (event.problem.during === 'paste') { next = merge(next, { run: null }); }
    return refused(next, event.problem);
  }

  // What the rep changes in the paste box; another text makes what was found in the one before void.
  function pasteChanged(paste, change) {
    if (!('text' in change) || change.text === paste.text) {
      return merge(paste, Object.assign({ problem: null }, change));
    }
    return merge(emptyPaste(), { text: change.text });
  }

  function emptyPaste() {
    return {
      text: '', me: null, dateOrder: null, participants: [], preview: [], count: null, skipped: 0, readings: [],
      problem: null, busy: false, used: false,
    };
  }

  function previewed(paste, found) {
    return merge(paste, {
      busy: false,
      problem: null,
      participants: found.participants,
      me: found.me || paste.me,
      dateOrder: found.date_order || paste.dateOrder,
      preview: found.preview,
      count: found.count,
      skipped: found.skipped,
    });
  }

  var STEPS = {
    opening: function (state) {
      return merge(state, { phase: 'opening', problem: null });
    },
    unsaved: function (state) {
      return merge(state, { phase: 'unsaved' });
    },
    session: function (state, event) {
      return merge(state, {
        user: { id: event.session.user_id, isAdmin: event.session.is_admin },
        timeZone: event.session.account.timezone,
      });
    },
    opened: function (state, event) { return opened(state, event.document); },
    refreshed: function (state, event) { return refreshed(state, event.document); },
    card_counted: function (state, event) {
      return event.count === state.cardCount ? state : merge(state, { cardCount: event.count });
    },
    source: function (state, event) { return merge(state, { source: event.source }); },

    run_started: function (state, event) {
      return merge(state, {
        run: {
          key: event.key, state: 'running', startedAt: event.at, summary: '', ratings: null, source: event.source,
          count: event.count,
        },
        problem: null,
        retry: null,
        idCopied: false,
        paste: state.paste && event.source === 'pasted' ? merge(state.paste, { busy: true, problem: null }) : state.paste,
      });
    },
    run_event: function (state, event) { return sameRun(state, event) ? streamed(state, event) : state; },
    run_failed: runFailed,
    retry_planned: function (state, event) { return merge(state, { retry: { at: event.at, left: event.left } }); },
    retry_ticked: function (state, event) {
      return state.retry ? merge(state, { retry: merge(state.retry, { left: event.left }) }) : state;
    },
    retry_dropped: function (state) { return state.retry ? merge(state, { retry: null }) : state; },

    problem: function (state, event) { return refused(merge(state, { idCopied: false }), event.problem); },
    // The moment came before which the service asked us not to try again.
    wait_over: function (state) {
      return state.problem ? merge(state, { problem: merge(state.problem, { retryAt: null }) }) : state;
    },
    problem_dismissed: function (state) { return merge(state, { problem: null, retry: null }); },
    id_copied: function (state, event) { return merge(state, { idCopied: event.copied }); },

    words_asked: function (state) { return merge(state, { words: merge(NO_WORDS, { state: 'loading' }) }); },
    words: function (state, event) {
      if (!state.result || state.result.id !== event.resultId) { return state; }
      var messages = {};
      event.found.messages.forEach(function (message) { messages[message.id] = message; });
      return merge(state, {
        words: { state: 'ready', messages: messages, changed: event.found.changed, gone: event.found.gone },
      });
    },
    located: function (state, event) { return merge(state, { located: event.located }); },

    reply_asked: function (state) {
      return merge(state, { reply: merge(state.reply, { state: 'asking', copied: false }), problem: null });
    },
    reply: function (state, event) {
      if (!state.result || state.result.id !== event.resultId) { return state; }
      return merge(state, { reply: { state: 'shown', text: event.text, left: event.left, copied: false } });
    },
    reply_copied: function (state, event) {
      return merge(state, { reply: merge(state.reply, { copied: event.copied }) });
    },

    paste_opened: function (state) {
      return merge(state, { paste: state.paste ? merge(state.paste, { used: false }) : emptyPaste(), source: 'pasted' });
    },
    // A text whose result is shown is kept, so that its words can be shown too.
    paste_closed: function (state, event) {
      return merge(state, { paste: null, source: event.source });
    },
    paste_changed: function (state, event) {
      return state.paste ? merge(state, { paste: pasteChanged(state.paste, event.change) }) : state;
    },
    paste_checking: function (state) {
      return state.paste ? merge(state, { paste: merge(state.paste, { busy: true, problem: null }) }) : state;
    },
    paste_previewed: function (state, event) {
      // An answer about what was changed meanwhile says nothing of what stands there now.
      var asked = event.asked;
      var paste = state.paste;
      if (!paste || paste.text !== asked.text || paste.me !== asked.me || paste.dateOrder !== asked.dateOrder) {
        return state;
      }
      return merge(state, { paste: previewed(paste, event.found) });
    },

    toggled: function (state, event) {
      var now = Object.assign({}, state.opened);
      if (now[event.name]) { delete now[event.name]; } else { now[event.name] = true; }
      return merge(state, { opened: now });
    },
  };

  function reduce(state, event) {
    return STEPS[event.type](state, event);
  }

  return {
    initial: initial,
    reduce: reduce,
    pointerKey: pointerKey,
    // Whether a refusal is true of the whole card, whatever was asked.
    isOfTheCard: function (problem) { return Boolean(PHASES[problem.code]); },
    // Whether the pasted text has to be mended, or a question about it answered, before it can be analysed.
    isOfThePaste: function (problem) { return PASTE.indexOf(problem.code) >= 0; },
  };
});
