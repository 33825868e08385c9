/* Every state of the panel, as plain data: all({lang, initial}) → {name: state}. */
define(['./states_voice.js'], function (recordings) {
  'use strict';

  const now = Date.parse('2026-11-24T17:30:00Z');
  const soon = Date.now() + 24000;

  const usage = { limit: 100, used: 62, reserved: 0, left: 38, renews_at: '2026-12-01T00:00:00Z', notice: null };
  const facts = {
    last_author: 'client', first_at: '2026-11-20T15:00:00Z', last_at: '2026-11-24T14:30:00Z', silence_s: 10800,
    replies: { count: 6, median_s: 720, last_s: 500 }, client_questions: 2,
    messages: { client: 14, agent: 9, bot: 0, system: 1, total: 24 }, voice_without_transcript: 0, languages: ['es'],
  };

  function pointer(message, start, end) {
    return { message, start, end, author: 'client', at: '2026-11-24T00:40:00Z', digest: 'd', match: 'exact' };
  }

  const budget = pointer('m9', 8, 41);
  const messages = {
    m3: said('m3', 'hola! necesito dos implantes antes del 20 de diciembre, que viajo'),
    m9: said('m9', '😅 mira, no puedo pasar de 1.500 por ahora, otra clínica me cobra menos y con cuotas sin interés'),
    m21: said('m21', '¿el control después de la cirugía está incluido?'),
    m22: said('m22', 'y se puede pagar en cuotas??'),
  };

  function said(id, text) {
    return { id, author: 'client', author_name: 'Ana', at: '2026-11-24T00:40:00Z', kind: 'text', text };
  }

  function rating(level, verified, ...evidence) {
    return { level, verified, evidence };
  }

  const result = {
    id: '6a1d1f6e-0000-4000-8000-000000000001', state: 'done', lead_id: '7', source: 'talks', reused: false,
    created_at: '2026-11-24T15:00:00Z', output_language: 'en', facts,
    summary: 'Ana wants two implants before her trip in December and asks for a payment plan. She finds the price high '
      + 'and is comparing with another clinic. Julián promised a written quote, which has not been sent yet.',
    summary_withheld: false, score: 72, temperature: 'hot', known_share: 0.85,
    criteria: {
      need: rating(3, true, pointer('m3', 6, 28)), budget: rating(1, true, budget), authority: rating(null, false),
      timeline: rating(3, true, pointer('m3', 30, 53)), engagement: rating(2, true, pointer('m21', 0, 48)),
      commitment: rating(2, false),
    },
    sentiment: 'mixed',
    objections: [{ kind: 'price', evidence: [budget] }, { kind: 'competitor', evidence: [pointer('m9', 43, 68)] }],
    open_questions: [{ evidence: [pointer('m21', 0, 48)] }, { evidence: [pointer('m22', 0, 28)] }],
    next_step: {
      action: 'Send the written quote with 6 instalments, today before 18:00.',
      why: 'It was promised two days ago and she is comparing.', due: '2026-11-24',
    },
    suggested_reply: null,
    change: { score: 9, since: '2026-11-03T18:00:00Z', criteria: { budget: { from: 2, to: 1 }, timeline: { from: null, to: 3 } } },
    flagged: [], messages_seen: 24, messages_total: 24, usage: { ...usage, charged: true },
    versions: { prompt: 'p7', rubric: 'default-1', model: 'gpt-4o-mini', widget: '0.3.0' },
  };

  function trouble(code, change) {
    return {
      code, status: 503, requestId: 'req_7f3a9c21d0', retryable: true, retryAt: null, charged: false, during: 'run',
      extra: {}, ...change,
    };
  }

  function run(change) {
    return {
      key: 'k', state: 'running', startedAt: Date.now() - 3000, summary: '', ratings: null, source: 'auto', count: 24,
      ...change,
    };
  }

  function all({ lang, initial }) {
    const base = initial({
      lang, connectUrl: 'https://app.convailens.com/connect?lang=' + lang, privacyUrl: 'https://app.convailens.com/privacy?lang=' + lang,
    });
    const rep = { id: 1, isAdmin: false };
    const admin = { id: 2, isAdmin: true };
    const ready = { ...base, phase: 'ready', user: rep, timeZone: 'America/Monterrey', facts, messageCount: 24, usage };
    const known = { state: 'ready', messages, changed: [], gone: [] };
    const done = { ...ready, result, resultIs: 'fresh', words: known };
    const half = 'Ana wants two implants before her trip in December and asks for a payment plan. She finds the price';
    const gone = { ...usage, used: 100, left: 0, notice: 'used_up' };
    const paste = {
      text: '', me: null, dateOrder: null, participants: [], preview: [], count: null, skipped: 0, readings: null,
      problem: null, busy: false, used: false,
    };
    const chat = '03/04/26, 10:00 - Ana: hola, ¿precio?\n03/04/26, 10:05 - Julián: ¡Hola, Ana!';
    const seen = [
      { id: 'p1', author: 'client', author_name: 'Ana', at: '2026-11-23T16:00:00Z', kind: 'text', text: 'hola, ¿precio?' },
      { id: 'p2', author: 'agent', author_name: 'Julián', at: '2026-11-23T16:05:00Z', kind: 'text', text: '¡Hola, Ana!' },
      { id: 'p9', author: 'client', author_name: 'Ana', at: '2026-11-24T16:05:00Z', kind: 'text', text: '¿y en cuotas?' },
    ];
    const hostile = '<img src=x onerror="window.hacked=1"> {n} </script> ‮evil‬ '
      + 'W'.repeat(120);
    const voices = recordings.all({ trouble, hostile, soon, now });
    return {
      ...Object.fromEntries(Object.entries(voices).map(([name, change]) => [name, { ...ready, facts: null, ...change }])),
      voice_beside_a_result: { ...done, resultIs: 'stored', voice: voices.voice_done.voice },
      opening: base,
      unsaved: { ...base, phase: 'unsaved' },
      not_connected_admin: { ...base, phase: 'not_connected', user: admin },
      not_connected_unknown: { ...base, phase: 'not_connected' },
      reconnect_admin: { ...base, phase: 'reconnect', user: admin },
      reconnect_rep: { ...base, phase: 'reconnect', user: rep },
      no_access: { ...base, phase: 'no_access', user: rep, problem: trouble('not_found', { during: 'open', status: 404 }) },
      too_old: { ...base, phase: 'too_old', user: rep },
      offline: { ...base, phase: 'offline' },
      open_failed: { ...base, phase: 'open_failed', problem: trouble('kommo_unavailable', { during: 'open' }) },
      session_ended: { ...base, phase: 'open_failed', problem: trouble('session', { during: 'open', status: 401 }) },
      empty: { ...ready, facts: { ...facts, messages: { total: 0 } }, messageCount: 0 },
      first_click: ready,
      first_click_card: { ...ready, source: 'card', cardCount: 17, needsText: true, facts: null, messageCount: null },
      needs_text: { ...ready, needsText: true, facts: null, messageCount: null, cardCount: 17 },
      running: { ...ready, run: run({ summary: half }) },
      running_begun: { ...ready, facts: null, messageCount: null, run: run({ count: null, startedAt: Date.now() }) },
      result: { ...done, opened: { 'evidence:budget': true }, reply: { state: 'shown', text: 'Hola, Ana. Te comparto el presupuesto con 6 cuotas sin interés; el control posterior está incluido. ¿Te queda bien el jueves a las 10?', left: 2, copied: false } },
      result_warm: { ...done, result: { ...result, score: 55, temperature: 'warm', change: { score: -4, since: '2026-11-03T18:00:00Z', criteria: {} } }, opened: { meaning: true } },
      result_cold: { ...done, result: { ...result, score: 12, temperature: 'cold', change: { score: 0, since: '2026-11-03T18:00:00Z', criteria: {} } }, opened: { 'objection:0': true, 'evidence:commitment': true } },
      stored: { ...done, resultIs: 'stored', words: { state: 'none', messages: {}, changed: [], gone: [] } },
      reused: { ...done, resultIs: 'reused', result: { ...result, reused: true, usage: { ...usage, charged: false } }, opened: { receipt: true } },
      older: { ...done, resultIs: 'stored', newSince: 4 },
      too_little: { ...done, result: { ...result, score: null, temperature: null, known_share: 0.35, change: null } },
      too_short: { ...ready, problem: trouble('too_short', { status: 422, retryable: false }), run: run({ state: 'failed' }) },
      partial: { ...done, result: { ...result, messages_seen: 180, messages_total: 460, flagged: ['m7'] }, opened: { receipt: true } },
      words_loading: { ...done, words: { state: 'loading', messages: {}, changed: [], gone: [] }, opened: { 'evidence:budget': true } },
      words_failed: { ...done, words: { state: 'failed', messages: {}, changed: [], gone: [] }, opened: { 'evidence:budget': true } },
      words_gone: { ...done, words: { ...known, gone: ['m9'], changed: ['m3:6:28'] }, opened: { 'evidence:budget': true, 'evidence:need': true } },
      words_not_rendered: { ...done, opened: { 'evidence:budget': true }, located: { key: 'm9:8:41', found: false, why: 'not_rendered' } },
      reply_asking: { ...done, reply: { state: 'asking', text: '', left: null, copied: false } },
      reply_failed: { ...done, reply: { state: 'failed', text: '', left: 3, copied: false }, problem: trouble('model_timeout', { during: 'reply' }) },
      rate_limited: { ...ready, problem: trouble('rate_limited', { status: 429, retryAt: soon }), run: run({ state: 'failed' }) },
      used_up_rep: { ...done, usage: gone, resultIs: 'stored', newSince: 2 },
      used_up_admin: { ...ready, user: admin, usage: gone, problem: trouble('quota_used_up', { status: 402, retryable: false, extra: { usage: gone } }), run: run({ state: 'failed' }) },
      nearly_used_up: { ...ready, usage: { ...usage, used: 82, left: 18, notice: 'nearly_used_up' } },
      provider_down: { ...done, resultIs: 'stored', problem: trouble('model_unavailable'), retry: { at: soon, left: 24000 }, run: run({ state: 'failed' }) },
      failed_half_way: { ...ready, problem: trouble('interrupted'), run: run({ state: 'failed', summary: half }) },
      broken_half_way: { ...ready, problem: trouble('network', { charged: null }), run: run({ state: 'failed', summary: half, charged: null }) },
      refused: { ...ready, problem: trouble('model_refused', { status: 502, retryable: false }), run: run({ state: 'failed' }) },
      withheld: { ...done, result: { ...result, summary: null, summary_withheld: true } },
      pasted_result: { ...done, source: 'pasted', result: { ...result, source: 'pasted' }, words: { state: 'none', messages: {}, changed: [], gone: [] }, opened: { 'evidence:budget': true } },
      paste_empty: { ...ready, source: 'pasted', paste },
      paste_who: { ...ready, source: 'pasted', paste: { ...paste, text: chat, participants: ['Ana', 'Julián'], readings: ['dmy', 'mdy'], problem: trouble('who_are_you', { during: 'paste', status: 400, requestId: 'req_1' }) } },
      paste_checking: { ...ready, source: 'pasted', paste: { ...paste, text: chat, busy: true } },
      paste_preview: { ...ready, source: 'pasted', paste: { ...paste, text: chat, me: 'Julián', dateOrder: 'dmy', participants: ['Ana', 'Julián'], preview: seen, count: 9, skipped: 1 } },
      hostile: {
        ...done,
        words: { ...known, messages: { ...messages, m9: { ...messages.m9, author_name: hostile, text: hostile.repeat(2) } } },
        result: { ...result, summary: hostile, next_step: { action: hostile, why: hostile, due: null }, criteria: { ...result.criteria, [hostile]: rating(1, false) }, versions: { model: hostile } },
        reply: { state: 'shown', text: hostile, left: 0, copied: true }, opened: { 'evidence:budget': true, receipt: true },
      },
    };
  }

  return { all, now };
});
