/* The states of a card with recordings: all({…}) → {name: what differs from a card that is ready}. */
define([], function () {
  'use strict';

  const usage = { limit: 1800, used: 180, reserved: 0, left: 1620, renews_at: '2026-12-01T00:00:00Z', notice: null };
  const started = Date.parse('2026-11-24T15:00:00Z');
  const keyOf = (one) => `${one.kind}:${one.source_id}`;
  let rows = 0;

  function item(n, change) {
    return {
      kind: 'message', source_id: `m${n}`, author: 'client', author_name: 'Ana',
      at: new Date(started - n * 3600000).toISOString(), seconds: 14 + 9 * n, transcription: null, ...change,
    };
  }

  function row(change) {
    rows += 1;
    return {
      id: `6a1d1f6e-0000-4000-8000-0000000000${10 + rows}`, state: 'queued', step: 'waiting', outcome: null, problem: null,
      seconds: 14, charged_s: 0, language: null, confidence: null, note_ids: [], retry_at: null,
      created_at: '2026-11-24T15:20:00Z', finished_at: null, ...change,
    };
  }

  const written = (change) => row({
    state: 'done', step: null, charged_s: 14, language: 'es', confidence: 0.94, note_ids: [7],
    finished_at: '2026-11-24T15:21:00Z', ...change,
  });
  const silent = () => row({ state: 'done', step: null, outcome: 'no_speech', finished_at: '2026-11-24T15:21:00Z' });
  const failed = (code, retryable) => row({
    state: 'failed', step: null, outcome: code, problem: { code, retryable, detail: 'In words.', request_id: '6a1d1f6e000040008000000000000011' },
  });

  function card(items, change) {
    return { voice: { items, usage, asked: {}, problems: {}, texts: {}, all: null, copied: null, ...change } };
  }

  const FINAL = ['audio_address_refused', 'audio_too_large', 'audio_too_long', 'audio_empty', 'audio_wrong_type',
    'audio_unreadable', 'audio_gone', 'voice_refused', 'not_found', 'not_voice'];
  const AGAIN = ['audio_host_not_allowed', 'audio_unavailable', 'voice_unavailable', 'voice_account',
    'voice_rate_limited', 'quota_used_up', 'disconnected', 'kommo_unavailable', 'kommo_unpaid', 'note_refused',
    'interrupted'];

  function all({ trouble, hostile, soon, now }) {
    const two = [item(0), item(1, { kind: 'call', author: 'system', author_name: null, seconds: 620 })];
    const said = 'Speaker 1: Hola, buenas tardes.\nSpeaker 2: ¿Me puede decir el precio de dos implantes?';
    const forty = Array.from({ length: 40 }, (_, n) => item(n));
    const steps = ['waiting', 'fetching', 'transcribing', 'writing'];
    const due = (n, change) => ({ kind: 'message', source_id: `m${n}`, seconds: 28, problem: null, state: null, ...change });
    const unmeasured = (n, problem) => due(n, { seconds: null, problem });
    const measured = Array.from({ length: 7 }, (_, n) => due(n));
    const estimate = { items: measured, seconds: 200, count: 7, usage: { ...usage, left: 1570 } };
    const during = (code, change) => trouble(code, { during: 'voice', status: 422, retryable: false, ...change });
    const gone = { ...usage, used: 1800, left: 0, notice: 'used_up' };
    const batch = [item(0, { transcription: written() }), item(1, { transcription: silent() }),
      item(2, { transcription: failed('audio_gone', false) }), item(3, { transcription: row({ state: 'running' }) })];
    return {
      voice_new: card(two),
      voice_nobody_known: card([item(0, { author_name: null, seconds: null }), item(1, { author: 'system', author_name: null, at: null })]),
      voice_asked: card(two, { asked: { 'message:m0': true } }),
      voice_steps: card([
        ...steps.map((step, n) => item(n, { transcription: row({ state: step === 'waiting' ? 'queued' : 'running', step }) })),
        item(4, { transcription: row({ outcome: 'voice_unavailable', retry_at: new Date(now + 2100000).toISOString() }) }),
      ]),
      voice_done: card([
        item(0, { transcription: written() }), item(1, { transcription: written({ confidence: 0.52, language: 'multi' }) }),
        item(2, { transcription: silent() }), item(3, { transcription: written({ charged_s: 0 }) }), item(4),
      ], {
        texts: { 'message:m0': { state: 'shown', text: said, language: 'es' }, 'message:m1': { state: 'failed', code: 'note_gone' },
          'message:m3': { state: 'loading' } },
      }),
      voice_failed_for_good: {
        ...card(FINAL.map((code, n) => item(n, { transcription: failed(code, false) }))), opened: { 'voice:more': true },
      },
      voice_failed: {
        ...card(AGAIN.map((code, n) => item(n, { transcription: failed(code, true) })), { copied: 'message:m0' }),
        opened: { 'voice:more': true },
      },
      voice_refused: card([item(0), item(1), item(2), item(3), item(4)], {
        problems: {
          'message:m0': during('rate_limited', { status: 429, retryAt: soon }), 'message:m1': during('network', { charged: null, requestId: null }),
          'message:m2': during('quota_used_up'), 'message:m3': during('talks_unavailable'), 'message:m4': during('session_ended'),
        },
      }),
      voice_many: card(forty),
      voice_measuring: card(forty, { all: { state: 'measuring' } }),
      voice_confirm: card(two, { all: { state: 'confirm', estimate } }),
      voice_confirm_too_much: card(two, {
        all: {
          state: 'confirm',
          estimate: {
            ...estimate, seconds: 4000,
            items: [...measured, unmeasured(7, { code: 'audio_gone' }), unmeasured(8, { code: 'audio_gone' }),
              unmeasured(9, { code: 'audio_too_long' }), unmeasured(10, null)],
          },
        },
      }),
      voice_confirm_nothing: card(two, { all: { state: 'confirm', estimate: { ...estimate, items: [unmeasured(0, { code: 'audio_gone' })], seconds: 0 } } }),
      voice_all_begun: card(two, { all: { state: 'running', keys: [] } }),
      voice_all_running: card(batch, { all: { state: 'running', keys: batch.map(keyOf) }, asked: { 'message:m3': true } }),
      voice_all_over: card(batch.slice(0, 3), { all: { state: 'over', keys: batch.slice(0, 3).map(keyOf) } }),
      voice_all_failed: card(two, { all: { state: 'failed', problem: during('kommo_unavailable', { status: 503 }) } }),
      voice_nearly_used_up: card(two, { usage: { ...usage, used: 1500, left: 300, notice: 'nearly_used_up' } }),
      voice_used_up: card(two, { usage: gone }),
      voice_used_up_admin: { ...card([item(0, { transcription: failed('quota_used_up', true) })], { usage: gone }), user: { id: 2, isAdmin: true } },
      voice_none: card(two, { usage: { ...gone, limit: 0, used: 0 } }),
      hostile_voice: card([
        item(0, { author_name: hostile }), item(1, { author_name: 'W'.repeat(120), transcription: written() }),
        item(2, { transcription: row({ state: 'running', step: hostile }) }), item(3, { transcription: failed(hostile, true) }),
      ], { texts: { 'message:m1': { state: 'shown', text: hostile.repeat(2), language: 'es' } } }),
    };
  }

  return { all };
});
