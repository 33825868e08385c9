/*
 * What the panel shows, as plain data, and how it changes. Pure: reduce(state, event) gives a new state or the same.
 *
 * {
 *   phase: 'opening' | 'unsaved' | 'not_connected' | 'reconnect' | 'no_access' | 'too_old' | 'offline' |
 *          'open_failed' (`problem` says why) | 'ready',
 *   lang, timeZone,                         // the rep's language; the account's zone
 *   user: {id, isAdmin} | null, connectUrl, privacyUrl,
 *   facts | null, messageCount | null, usage | null,     // as the API gives them
 *   source: 'auto' | 'card' | 'pasted',     // what the next click would use
 *   cardCount: 0,                           // messages that can be read in the card's feed
 *   needsText: false,                       // Kommo gives no messages: offer the card's, or the paste box
 *   run: null | {key, state: 'running' | 'failed', startedAt (ms), summary, ratings: null | {criteria}, source,
 *                count | null, charged},    // 'failed' keeps its half summary and the problem's charged
 *   result: null | Result, resultIs: 'fresh' | 'reused' | 'stored', newSince: 0,
 *   words: {state: 'none' | 'loading' | 'ready' | 'failed', messages: {id: message}, changed: [pointerKey],
 *           gone: [message id]},
 *   located: null | {key, found, why: null | 'gone' | 'changed' | 'not_rendered'},
 *   reply: {state: 'none' | 'shown' | 'asking' | 'failed', text, left: null | n, copied},
 *   problem: null | lib/problem.js, idCopied,
 *   retry: null | {at (ms), left (ms)},     // the one automatic repetition of a failed click
 *   paste: null | {text, me, dateOrder, participants: [], preview: [], count: null | n, skipped,
 *                  readings: [] | ['dmy', 'mdy'], problem, busy, used},
 *   voice: null | lib/voice.js,             // the card's recordings
 *   opened: {}                              // name of a disclosure → true
 * }
 * pointerKey is `${message}:${start}:${end}`. `paste.used`: the shown result came from this text; the box is folded
 * away and the text stays, in this opening's memory alone, so that its words can be shown.
 */
define(['./voice.js'], (voices) => {
  'use strict';

  const NO_WORDS = { state: 'none', messages: {}, changed: [], gone: [] };
  const NO_REPLY = { state: 'none', text: '', left: null, copied: false };
  const NO_PASTE = {
    text: '', me: null, dateOrder: null, participants: [], preview: [], count: null, skipped: 0, readings: [],
    problem: null, busy: false, used: false,
  };
  // What a refusal says of the whole card, whenever it comes: the right may be lost while the card is open.
  const PHASES = {
    not_connected: 'not_connected', reconnect_needed: 'reconnect', disconnected: 'reconnect', not_found: 'no_access',
    user_inactive: 'no_access', widget_too_old: 'too_old',
  };
  // The pasted text has to be mended, or a question about it answered, before it can be analysed.
  const PASTE = ['who_are_you', 'date_order_unclear', 'pasted_empty', 'pasted_unreadable', 'too_many_characters',
    'too_many_messages'];

  const initial = (given) => ({
    phase: 'opening', lang: given.lang, timeZone: null, user: null, connectUrl: given.connectUrl,
    privacyUrl: given.privacyUrl, facts: null, messageCount: null, usage: null,
    source: 'auto', cardCount: 0, needsText: false, run: null, result: null, resultIs: 'stored', newSince: 0,
    words: NO_WORDS, located: null, reply: NO_REPLY, problem: null, idCopied: false, retry: null, paste: null,
    voice: null, opened: {},
  });
  const isRunning = (state) => Boolean(state.run) && state.run.state === 'running';
  const isSameRun = (state, event) => isRunning(state) && state.run.key === event.key;
  const inRun = (state, change) => ({ ...state, run: { ...state.run, ...change } });
  const inReply = (state, change) => ({ ...state, reply: { ...state.reply, ...change } });
  const inPaste = (state, change) => (state.paste ? { ...state, paste: { ...state.paste, ...change } } : state);

  // Nothing of a lead stays in view once Kommo no longer shows it to this user.
  const shut = (state, phase, problem) => ({
    ...initial(state), phase, problem, user: state.user, timeZone: state.timeZone,
  });

  // Another result than the one before: what belonged to that one goes.
  function withResult(state, result, resultIs, newSince) {
    const next = { ...state, result, resultIs, newSince };
    if (!(state.result && result && state.result.id === result.id)) {
      Object.assign(next, { words: NO_WORDS, located: null, reply: NO_REPLY });
      // Unfolded evidence is of one result; the other disclosures stay as the rep left them.
      next.opened = Object.fromEntries(Object.entries(state.opened).filter(([name]) => !name.includes(':')));
    }
    return result && result.suggested_reply
      ? { ...next, reply: { ...NO_REPLY, state: 'shown', text: result.suggested_reply } } : next;
  }

  const STREAM = {
    facts: (state, data) => {
      const count = data.messages ? data.messages.total : state.messageCount;
      return inRun({ ...state, facts: data, messageCount: count }, { count });
    },
    summary: (state, data) => inRun(state, { summary: state.run.summary + data.delta }),
    summary_reset: (state) => inRun(state, { summary: '', ratings: null }),
    ratings: (state, data) => inRun(state, { ratings: data }),
    result: (state, result) => {
      const next = {
        ...withResult(state, result, result.reused ? 'reused' : 'fresh', 0),
        run: null,
        problem: null,
        retry: null,
        facts: result.facts || state.facts,
        messageCount: result.messages_total === undefined ? state.messageCount : result.messages_total,
        usage: result.usage || state.usage,
      };
      return state.run.source === 'pasted' ? inPaste(next, { used: true, busy: false, problem: null }) : next;
    },
  };

  function opened(state, document) {
    const { latest, facts, usage, message_count: messageCount, new_since_latest: newSince, voice } = document;
    const needsText = state.needsText || (state.source === 'auto' && facts === null);
    return {
      ...withResult(state, latest || null, 'stored', newSince || 0),
      phase: 'ready', problem: null, facts, messageCount, usage, needsText, voice: voices.opened(voice),
    };
  }

  // The latest row may be a click that was served an earlier one's result: then what is shown is still the same.
  const isShown = (result, latest) => Boolean(result) && (result.id === latest.id
    || (result.created_at === latest.created_at && result.output_language === latest.output_language));

  // What a quiet look found: new figures, and a colleague's newer result in the place of ours.
  function refreshed(before, { latest, facts, usage, message_count: count, new_since_latest: newSince, voice }) {
    if (before.phase !== 'ready') { return before; }
    const recordings = voices.refreshed(before.voice, voice);
    const state = recordings === before.voice ? before : { ...before, voice: recordings };
    if (isRunning(state)) { return state; }
    const next = !latest || isShown(state.result, latest)
      ? { ...state, newSince: latest ? newSince || 0 : state.newSince }
      : withResult(state, latest, 'stored', newSince || 0);
    return {
      ...next, facts: facts || state.facts, messageCount: count === null ? state.messageCount : count,
      usage: usage || state.usage,
    };
  }

  function refused(state, problem) {
    const { code, during, extra } = problem;
    if (PHASES[code]) { return shut(state, PHASES[code], problem); }
    switch (during) {
      case 'open':
        return { ...state, phase: code === 'offline' ? 'offline' : 'open_failed', problem };
      case 'words':
        return { ...state, words: { ...state.words, state: 'failed' } };
      case 'reply':
        return inReply({ ...state, problem }, {
          state: state.reply.text ? 'shown' : 'failed', left: code === 'replies_used_up' ? 0 : state.reply.left,
        });
      case 'paste':
        return inPaste(state, {
          busy: false, problem, preview: [], count: null,
          ...(extra.participants && { participants: extra.participants }),
          ...(extra.readings && { readings: Object.keys(extra.readings) }),
        });
      default:
        return { ...state, problem };
    }
  }

  function runFailed(state, { problem }) {
    const ended = inRun({ ...state, idCopied: false }, { state: 'failed', charged: problem.charged });
    const next = inPaste(ended, { busy: false });
    return refused({
      ...next,
      run: problem.during === 'paste' ? null : next.run,
      usage: problem.extra.usage || state.usage,
      needsText: state.needsText || problem.code === 'messages_unavailable',
    }, problem);
  }

  // An answer about a text, or about choices, that were changed meanwhile says nothing of those there now.
  const isSamePaste = ({ paste }, asked) => Boolean(paste)
    && ['text', 'me', 'dateOrder'].every((name) => paste[name] === asked[name]);
  const isSameResult = ({ result }, resultId) => Boolean(result) && result.id === resultId;

  // Nor does a refusal of what was asked about them, but for what it says of the whole card.
  function told(state, { problem, asked, resultId }) {
    const isLate = (asked && !isSamePaste(state, asked)) || (resultId && !isSameResult(state, resultId));
    return isLate && !PHASES[problem.code] ? state : refused({ ...state, idCopied: false }, problem);
  }

  function previewed(state, { asked, found }) {
    const now = state.paste;
    if (!isSamePaste(state, asked)) { return state; }
    const { participants, preview, count, skipped } = found;
    return inPaste(state, {
      busy: false, problem: null, participants, preview, count, skipped, me: found.me || now.me,
      dateOrder: found.date_order || now.dateOrder,
    });
  }

  // The message may be gone while the lead is not: another look at the card tells which.
  const shuts = ({ code }) => Boolean(PHASES[code]) && code !== 'not_found';

  function ofVoice(state, event) {
    if (event.problem && shuts(event.problem)) { return shut(state, PHASES[event.problem.code], event.problem); }
    const voice = voices.reduce(state.voice, event);
    return voice === state.voice ? state : { ...state, voice };
  }

  const STEPS = {
    opening: (state) => ({ ...state, phase: 'opening', problem: null }),
    unsaved: (state) => ({ ...state, phase: 'unsaved' }),
    session: (state, { session }) => ({
      ...state, user: { id: session.user_id, isAdmin: session.is_admin }, timeZone: session.account.timezone,
    }),
    opened: (state, { document }) => opened(state, document),
    refreshed: (state, { document }) => refreshed(state, document),
    card_counted: (state, { count }) => (count === state.cardCount ? state : { ...state, cardCount: count }),
    source: (state, { source }) => ({ ...state, source }),

    run_started: (state, { key, at, source, count }) => {
      const run = { key, state: 'running', startedAt: at, summary: '', ratings: null, source, count };
      const next = { ...state, run, problem: null, retry: null, idCopied: false };
      return source === 'pasted' ? inPaste(next, { busy: true, problem: null }) : next;
    },
    // An event of a run that is over, or of one before, changes nothing; nor does one that is not known.
    run_event: (state, event) => {
      const step = isSameRun(state, event) && STREAM[event.event];
      return step ? step(state, event.data) : state;
    },
    run_failed: (state, event) => (isSameRun(state, event) ? runFailed(state, event) : state),
    retry_planned: (state, { at, left }) => ({ ...state, retry: { at, left } }),
    retry_ticked: (state, { left }) => (state.retry ? { ...state, retry: { ...state.retry, left } } : state),
    retry_dropped: (state) => (state.retry ? { ...state, retry: null } : state),

    problem: told,
    // The moment came before which the service asked us not to try again.
    wait_over: (state) => (state.problem ? { ...state, problem: { ...state.problem, retryAt: null } } : state),
    problem_dismissed: (state) => ({ ...state, problem: null, retry: null }),
    id_copied: (state, { copied }) => ({ ...state, idCopied: copied }),

    // Words that are there stay until they are read again: with another result they go.
    words_asked: (state) => ({ ...state, words: { ...state.words, state: 'loading' } }),
    words: (state, { resultId, found }) => {
      if (!isSameResult(state, resultId)) { return state; }
      const messages = Object.fromEntries(found.messages.map((message) => [message.id, message]));
      return { ...state, words: { state: 'ready', messages, changed: found.changed, gone: found.gone } };
    },
    located: (state, { resultId, located }) => (isSameResult(state, resultId) ? { ...state, located } : state),

    reply_asked: (state) => inReply({ ...state, problem: null }, { state: 'asking', copied: false }),
    reply: (state, { resultId, text, left }) => (isSameResult(state, resultId)
      ? inReply(state, { state: 'shown', text, left, copied: false }) : state),
    reply_copied: (state, { copied }) => inReply(state, { copied }),

    paste_opened: (state) => ({ ...state, source: 'pasted', paste: { ...(state.paste || NO_PASTE), used: false } }),
    paste_closed: (state, { source }) => ({ ...state, source, paste: null }),
    // Another text makes void what was found in the one before.
    paste_changed: (state, { change }) => ('text' in change && state.paste && change.text !== state.paste.text
      ? inPaste(state, { ...NO_PASTE, text: change.text }) : inPaste(state, { problem: null, busy: false, ...change })),
    paste_checking: (state) => inPaste(state, { busy: true, problem: null }),
    paste_previewed: previewed,

    toggled: (state, { name }) => {
      const { [name]: isOpen, ...others } = state.opened;
      return { ...state, opened: isOpen ? others : { ...others, [name]: true } };
    },
  };

  return {
    initial,
    isRunning,
    reduce: (state, event) => (STEPS[event.type] || ofVoice)(state, event),
    pointerKey: ({ message, start, end }) => `${message}:${start}:${end}`,
    // Recordings whose text the shown reading has not seen. Calls are read beside any messages, but pasted ones. A
    // reading's time comes in whole seconds.
    newTexts: ({ result, voice }) => (voice && result && result.source !== 'pasted' ? voice.items : []).filter(
      ({ kind, transcription: row }) => (kind === 'call' || result.source === 'talks') && voices.hasText(row)
        && Math.floor(Date.parse(row.finished_at) / 1000) * 1000 > Date.parse(result.created_at),
    ).length,
    isOfTheCard: (problem) => Boolean(PHASES[problem.code]),
    isOfThePaste: (problem) => PASTE.includes(problem.code),
  };
});
