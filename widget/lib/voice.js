/*
 * The recordings of a card and what becomes of them: the part of the state that lib/state.js keeps as `voice`. Pure.
 *
 * null (an older service, or no messages to look in) | {
 *   items: [VoiceItem],         // as the API gives them, newest first; their key is `${kind}:${source_id}`
 *   usage | null,               // of voice, in seconds
 *   asked: {key: true},         // this opening listens to them
 *   problems: {key: problem},   // why asking came to nothing
 *   texts: {key: {state: 'loading' | 'shown' | 'failed', text, language, code}},
 *   all: null | {state: 'measuring'} | {state: 'confirm', estimate} | {state: 'failed', problem} |
 *        {state: 'running' | 'over', keys: [key]},
 *   copied: null | key          // whose id was copied just now
 * }
 */
define([], () => {
  'use strict';

  const UNSURE_BELOW = 0.7; // Of the words' mean confidence: more than a quarter in doubt is a text to be checked.
  // Asking again as it is would end the same way.
  const FINAL = ['audio_address_refused', 'audio_too_many_redirects', 'audio_too_large', 'audio_too_long',
    'audio_empty', 'audio_wrong_type', 'audio_unreadable', 'audio_gone', 'not_found', 'not_voice', 'voice_refused',
    'session'];

  const keyOf = ({ kind, source_id: id }) => `${kind}:${id}`;
  const isOpen = (row) => Boolean(row) && ['queued', 'running'].includes(row.state);
  const isOver = (row) => Boolean(row) && ['done', 'failed'].includes(row.state);
  const hasText = (row) => Boolean(row) && row.state === 'done' && !row.outcome;
  const codeOf = (problem) => (problem && problem.code) || problem || null;
  const without = (table, keys) => Object.fromEntries(Object.entries(table).filter(([key]) => !keys.includes(key)));
  const withAll = (table, keys, value) => ({ ...table, ...Object.fromEntries(keys.map((key) => [key, value])) });
  const find = (voice, key) => voice.items.find((item) => keyOf(item) === key);

  const momentOf = ({ at }) => (at ? Date.parse(at) : 0);
  const newestFirst = (items) => [...items].sort((one, other) => momentOf(other) - momentOf(one));

  function opened(document) {
    return document ? {
      items: newestFirst(document.items), usage: document.usage || null, asked: {}, problems: {}, texts: {}, all: null,
      copied: null,
    } : null;
  }

  // Another look at the card. What is being listened to is known better than a look that began before.
  function refreshed(voice, document) {
    if (!document || !voice) { return opened(document) || voice; }
    const items = newestFirst(document.items).map((item) => {
      const known = find(voice, keyOf(item));
      return known && voice.asked[keyOf(item)] ? { ...item, transcription: known.transcription } : item;
    });
    return { ...voice, items, usage: document.usage || voice.usage };
  }

  function told(voice, { rows, usage }) {
    const news = Object.fromEntries(rows.map((row) => [keyOf(row), row]));
    const over = rows.filter(isOver).map(keyOf);
    return {
      ...voice,
      items: voice.items.map((item) => (news[keyOf(item)] ? { ...item, transcription: news[keyOf(item)] } : item)),
      asked: without(voice.asked, over),
      problems: without(voice.problems, Object.keys(news)),
      usage: usage || voice.usage,
    };
  }

  /*
   * What there is to show of one recording, as plain data: {is: 'new'} | {is: 'busy', step, code, retryAt} |
   * {is: 'text', …} | {is: 'silent'} | {is: 'failed', code, requestId, retryAt, charged, again}.
   */
  function statusOf(voice, item) {
    const key = keyOf(item);
    const row = item.transcription;
    const problem = voice.problems[key];
    if (isOpen(row)) {
      return {
        is: 'busy', step: row.step || 'waiting', code: row.state === 'queued' ? reasonOf(row) : null,
        retryAt: row.retry_at || null,
      };
    }
    if (voice.asked[key]) { return { is: 'busy', step: 'checking', code: null, retryAt: null }; }
    if (problem) {
      return {
        is: 'failed', code: problem.code, requestId: problem.requestId, retryAt: problem.retryAt,
        charged: problem.charged, again: mayHelp(problem.code),
      };
    }
    if (!row) { return { is: 'new' }; }
    if (row.state === 'failed') {
      const code = reasonOf(row);
      const requestId = (row.problem && row.problem.request_id) || null;
      return { is: 'failed', code, requestId, retryAt: null, charged: false, again: mayHelp(code) };
    }
    if (row.outcome) { return { is: 'silent' }; }
    const { language, charged_s: chargedS, confidence } = row;
    return {
      is: 'text', language, chargedS, isUnsure: confidence !== null && confidence < UNSURE_BELOW,
      text: voice.texts[key] || null,
    };
  }

  const reasonOf = (row) => row.outcome || codeOf(row.problem) || null;
  const mayHelp = (code) => !FINAL.includes(code);

  // Not text yet, and asking may help.
  function isUndone(voice, item) {
    const status = statusOf(voice, item);
    return status.is === 'new' || (status.is === 'failed' && status.again);
  }

  // How far a batch has come: {n, done, silent, failed, waiting}; what waits for its next try is not over.
  function progressOf(voice) {
    const counts = { n: voice.all.keys.length, text: 0, silent: 0, failed: 0, busy: 0, new: 0 };
    voice.all.keys.forEach((key) => { counts[statusOf(voice, find(voice, key)).is] += 1; });
    const { n, text, silent, failed } = counts;
    return { n, text, silent, failed, over: text + silent + failed };
  }

  // An estimate in the panel's words: what it needs, what is left, why some could not be measured, and how many there
  // was no time for: those are transcribed all the same, and may use more.
  function sumOf({ items, seconds, usage }) {
    const due = items.filter(({ state }) => !state || state === 'failed');
    const reasons = {};
    due.filter(({ problem }) => problem).forEach(({ problem }) => {
      reasons[codeOf(problem)] = (reasons[codeOf(problem)] || 0) + 1;
    });
    const count = due.filter((item) => item.seconds !== null).length;
    const late = due.filter((item) => item.seconds === null && !item.problem).length;
    const left = usage ? usage.left : null;
    const isTooMuch = left !== null && seconds > left;
    return {
      count, seconds, late, left, isTooMuch, isPossible: count + late > 0 && !isTooMuch, reasons: Object.entries(reasons),
    };
  }

  const inAll = (state, wanted, next) => (state.all && wanted.includes(state.all.state) ? { ...state, all: next } : state);
  const inText = (voice, key, text) => ({
    ...voice, texts: text ? { ...voice.texts, [key]: text } : without(voice.texts, [key]),
  });

  const STEPS = {
    voice_asked: (voice, { keys }) => ({
      ...voice, asked: withAll(voice.asked, keys, true), problems: without(voice.problems, keys),
    }),
    voice_told: told,
    // The stream is over, or was lost: from now on they are looked at.
    voice_unheard: (voice, { keys }) => ({ ...voice, asked: without(voice.asked, keys) }),
    voice_refused: (voice, { keys, problem }) => {
      const next = { ...voice, asked: without(voice.asked, keys), usage: problem.extra.usage || voice.usage };
      return { ...next, problems: withAll(voice.problems, keys, problem) };
    },
    // Nobody knows of it any more: it can be asked for anew.
    voice_lost: (voice, { id }) => ({
      ...voice,
      items: voice.items.map((item) => (item.transcription && item.transcription.id === id
        ? { ...item, transcription: null } : item)),
    }),

    voice_measuring: (voice) => ({ ...voice, all: { state: 'measuring' } }),
    voice_measured: (voice, { estimate }) => inAll(
      { ...voice, usage: estimate.usage || voice.usage }, ['measuring'], { state: 'confirm', estimate },
    ),
    voice_all_dropped: (voice) => inAll(voice, ['measuring', 'confirm', 'failed', 'over'], null),
    voice_all_started: (voice) => ({ ...voice, all: { state: 'running', keys: [] } }),
    voice_all_named: (voice, { keys }) => inAll(
      voice, ['running'], { state: 'running', keys: keys.filter((key) => find(voice, key)) },
    ),
    voice_all_over: (voice) => inAll(voice, ['running'], { ...voice.all, state: 'over' }),
    voice_all_failed: (voice, { problem }) => ({
      ...inAll(voice, ['measuring', 'running'], { state: 'failed', problem }),
      usage: problem.extra.usage || voice.usage,
    }),

    voice_text_asked: (voice, { key }) => inText(voice, key, { state: 'loading' }),
    voice_text: (voice, { key, text, language }) => (voice.texts[key]
      ? inText(voice, key, { state: 'shown', text, language }) : voice),
    voice_text_failed: (voice, { key, code }) => (voice.texts[key] ? inText(voice, key, { state: 'failed', code }) : voice),
    voice_text_hidden: (voice, { key }) => inText(voice, key, null),

    voice_copied: (voice, { key, copied }) => ({ ...voice, copied: copied ? key : null }),
  };

  return {
    opened, refreshed, keyOf, find, isOpen, isOver, hasText, statusOf, isUndone, progressOf, sumOf,
    reduce: (voice, event) => (voice ? STEPS[event.type](voice, event) : voice),
  };
});
