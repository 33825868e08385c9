import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './amd.mjs';

const states = load('lib/state.js');
const voices = load('lib/voice.js');
const { Problem } = load('lib/problem.js');

const USAGE = { limit: 1800, used: 0, reserved: 0, left: 1800, renews_at: '2026-12-01T00:00:00Z', notice: null };

function item(n, transcription = null, change = {}) {
  return {
    kind: 'message', source_id: `m${n}`, author: 'client', author_name: 'Ana', at: `2026-11-2${n}T10:00:00Z`,
    seconds: null, transcription, ...change,
  };
}

const row = (n, change = {}) => ({
  id: `t${n}`, kind: 'message', source_id: `m${n}`, state: 'queued', step: 'waiting', outcome: null, problem: null,
  seconds: null, charged_s: 0, language: null, confidence: null, retry_at: null, finished_at: null, ...change,
});
const done = (n, change) => row(n, {
  state: 'done', step: null, language: 'es', confidence: 0.9, charged_s: 14, finished_at: '2026-11-25T10:00:00Z', ...change,
});
const failed = (n, code) => row(n, { state: 'failed', step: null, outcome: code, problem: { code, request_id: 'r' } });

function deepFreeze(value) {
  if (value && typeof value === 'object') { Object.values(value).forEach(deepFreeze); Object.freeze(value); }
  return value;
}

const card = (items, change) => ({
  type: 'opened',
  document: {
    facts: null, message_count: 3, latest: null, new_since_latest: null, usage: null, voice: { items, usage: USAGE }, ...change,
  },
});

// Every state is frozen, so that a step which changes the one before fails.
function after(...events) {
  const begin = states.initial({ lang: 'en', connectUrl: 'https://x/connect', privacyUrl: 'https://x/privacy' });
  return events.reduce((state, event) => deepFreeze(states.reduce(state, event)), deepFreeze(begin));
}

const statusOf = (state, key) => voices.statusOf(state.voice, voices.find(state.voice, key));
const refusal = (code, change = {}) => new Problem({ code, status: 422, during: 'voice', requestId: 'r1', ...change });
const asked = (...keys) => ({ type: 'voice_asked', keys });
const told = (...rows) => ({ type: 'voice_told', rows, usage: null });

test('an older service, and a card without recordings, have no voice', () => {
  assert.equal(after(card([], { voice: undefined })).voice, null);
  assert.equal(after(card([], { voice: null })).voice, null);
  const state = after(card([], { voice: null }));
  assert.equal(states.reduce(state, asked('message:m1')), state);
});

test('the newest recording comes first, one without a time last', () => {
  const { voice } = after(card([item(1), item(3), item(9, null, { at: null }), item(2)]));
  assert.deepEqual(voice.items.map((one) => one.source_id), ['m3', 'm2', 'm1', 'm9']);
});

test('from the click to the text every step is told', () => {
  const steps = [card([item(1)])];
  const seen = () => statusOf(after(...steps), 'message:m1');
  assert.equal(seen().is, 'new');
  steps.push(asked('message:m1'));
  assert.deepEqual(seen(), { is: 'busy', step: 'checking', code: null, retryAt: null });
  for (const step of ['waiting', 'fetching', 'transcribing', 'writing']) {
    steps.push(told(row(1, { state: step === 'waiting' ? 'queued' : 'running', step })));
    assert.equal(seen().step, step);
  }
  steps.push(told(done(1)));
  assert.deepEqual(seen(), { is: 'text', language: 'es', chargedS: 14, isUnsure: false, text: null });
  assert.deepEqual(after(...steps).voice.asked, {});
});

test('what waits for its next try says why and when', () => {
  const waits = row(1, { outcome: 'voice_unavailable', retry_at: '2026-11-24T14:05:00Z' });
  assert.deepEqual(statusOf(after(card([item(1, waits)])), 'message:m1'), {
    is: 'busy', step: 'waiting', code: 'voice_unavailable', retryAt: '2026-11-24T14:05:00Z',
  });
});

test('silence is no text, and a text that is hard to hear says so', () => {
  const state = after(card([item(1, done(1, { outcome: 'no_speech' })), item(2, done(2, { confidence: 0.69 })),
    item(3, done(3, { confidence: 0.7 })), item(4, done(4, { confidence: null }))]));
  assert.deepEqual(statusOf(state, 'message:m1'), { is: 'silent' });
  assert.deepEqual([2, 3, 4].map((n) => statusOf(state, `message:m${n}`).isUnsure), [true, false, false]);
});

for (const [code, again] of [
  ['audio_host_not_allowed', true], ['audio_address_refused', false], ['audio_too_many_redirects', false],
  ['audio_too_large', false], ['audio_too_long', false], ['audio_too_slow', true], ['audio_empty', false],
  ['audio_wrong_type', false], ['audio_unreadable', false], ['audio_gone', false], ['audio_unavailable', true],
  ['voice_unavailable', true], ['voice_timeout', true], ['voice_account', true], ['voice_rate_limited', true],
  ['voice_refused', false], ['voice_unexpected', true], ['quota_used_up', true], ['not_found', false], ['not_voice', false],
  ['disconnected', true], ['kommo_unavailable', true], ['kommo_unpaid', true], ['note_refused', true], ['interrupted', true],
]) {
  test(`${code} can ${again ? '' : 'not '}be tried again by the rep`, () => {
    const state = after(card([item(1, failed(1, code))]));
    assert.deepEqual(statusOf(state, 'message:m1'), {
      is: 'failed', code, requestId: 'r', retryAt: null, charged: false, again,
    });
    assert.equal(voices.isUndone(state.voice, state.voice.items[0]), again);
  });
}

test('a refused wish stands with its recording until it is asked for again', () => {
  const refused = { type: 'voice_refused', keys: ['message:m1'], problem: refusal('rate_limited', { retryAt: 99 }) };
  const state = after(card([item(1), item(2)]), asked('message:m1'), refused);
  assert.deepEqual(statusOf(state, 'message:m1'), {
    is: 'failed', code: 'rate_limited', requestId: 'r1', retryAt: 99, charged: false, again: true,
  });
  assert.equal(statusOf(state, 'message:m2').is, 'new');
  assert.equal(statusOf(states.reduce(state, asked('message:m1')), 'message:m1').step, 'checking');
});

test('a refusal for want of minutes brings the newer figures', () => {
  const usage = { ...USAGE, left: 0 };
  const refused = { type: 'voice_refused', keys: ['message:m1'], problem: refusal('quota_used_up', { extra: { usage } }) };
  assert.equal(after(card([item(1)]), asked('message:m1'), refused).voice.usage, usage);
});

for (const [code, phase] of [['not_connected', 'not_connected'], ['disconnected', 'reconnect'], ['user_inactive', 'no_access']]) {
  test(`${code} closes the card, also when it comes of a recording`, () => {
    const state = after(card([item(1)]), { type: 'voice_refused', keys: ['message:m1'], problem: refusal(code) });
    assert.equal(state.phase, phase);
    assert.equal(state.voice, null);
  });
}

test('a recording that is not found leaves the card open', () => {
  const state = after(card([item(1)]), { type: 'voice_refused', keys: ['message:m1'], problem: refusal('not_found') });
  assert.equal(state.phase, 'ready');
  assert.equal(statusOf(state, 'message:m1').code, 'not_found');
});

test('a look at the card brings news, but not of what is being listened to', () => {
  const look = (items, change) => ({ ...card(items, change), type: 'refreshed' });
  const begun = [card([item(1), item(2)]), asked('message:m1'), told(row(1, { state: 'running', step: 'writing' }))];
  const state = after(...begun, look([item(1, row(1)), item(2, done(2)), item(3)]));
  assert.equal(statusOf(state, 'message:m1').step, 'writing');
  assert.equal(statusOf(state, 'message:m2').is, 'text');
  assert.equal(statusOf(state, 'message:m3').is, 'new');
  assert.equal(after(...begun, look([], { voice: null })).voice.items.length, 2);
});

test('a text is shown and hidden, and late for one that was hidden', () => {
  const text = { type: 'voice_text', key: 'message:m1', text: 'Hola.', language: 'es' };
  const state = after(card([item(1, done(1))]), { type: 'voice_text_asked', key: 'message:m1' }, text);
  assert.deepEqual(statusOf(state, 'message:m1').text, { state: 'shown', text: 'Hola.', language: 'es' });
  const hidden = states.reduce(state, { type: 'voice_text_hidden', key: 'message:m1' });
  assert.equal(statusOf(hidden, 'message:m1').text, null);
  assert.equal(statusOf(states.reduce(hidden, text), 'message:m1').text, null);
});

test('a text that cannot be shown says why', () => {
  const state = after(card([item(1, done(1))]), { type: 'voice_text_asked', key: 'message:m1' },
    { type: 'voice_text_failed', key: 'message:m1', code: 'note_gone' });
  assert.deepEqual(statusOf(state, 'message:m1').text, { state: 'failed', code: 'note_gone' });
});

test('an estimate that comes after it was called off changes nothing', () => {
  const state = after(card([item(1), item(2)]), { type: 'voice_measuring' }, { type: 'voice_all_dropped' });
  assert.equal(state.voice.all, null);
  const late = states.reduce(state, { type: 'voice_measured', estimate: { items: [], seconds: 9, count: 1, usage: null } });
  assert.equal(late.voice.all, null);
});

test('an estimate is summed up: what is measured, what is not and why, what is left', () => {
  const due = (change) => ({ seconds: 100, problem: null, state: null, ...change });
  const gone = { seconds: null, problem: { code: 'audio_gone' } };
  const items = [due(), due({ state: 'failed' }), due({ state: 'done' }), due({ seconds: null }), due(gone), due(gone),
    due({ seconds: null, problem: { code: 'audio_too_long' } })];
  const sum = voices.sumOf({ items, seconds: 200, count: 6, usage: { ...USAGE, left: 200 } });
  assert.deepEqual(sum, {
    count: 2, seconds: 200, late: 1, left: 200, isTooMuch: false, isPossible: true,
    reasons: [['audio_gone', 2], ['audio_too_long', 1]],
  });
  assert.equal(voices.sumOf({ items, seconds: 201, usage: { ...USAGE, left: 200 } }).isPossible, false);
  assert.equal(voices.sumOf({ items: [due(gone)], seconds: 0, usage: USAGE }).isPossible, false);
});

test('a batch counts what is over; what waits for its next try is not', () => {
  const waits = row(4, { outcome: 'voice_unavailable', retry_at: '2026-11-24T14:05:00Z' });
  const state = after(card([item(1), item(2), item(3), item(4)]), { type: 'voice_all_started' },
    { type: 'voice_all_named', keys: ['message:m1', 'message:m2', 'message:m3', 'message:m4', 'message:unknown'] },
    told(done(1), done(2, { outcome: 'no_speech' }), failed(3, 'audio_gone'), waits), { type: 'voice_all_over' });
  assert.equal(state.voice.all.state, 'over');
  assert.deepEqual(voices.progressOf(state.voice), { n: 4, text: 1, silent: 1, failed: 1, over: 3 });
});

test('a transcription that nobody knows any more can be asked for anew', () => {
  const state = after(card([item(1, row(1))]), { type: 'voice_lost', id: 't1' });
  assert.equal(statusOf(state, 'message:m1').is, 'new');
});

test('text that came after a reading is counted, and only where the reading would have seen it', () => {
  const latest = { id: 'a', source: 'talks', created_at: '2026-11-24T10:00:00Z', output_language: 'en' };
  const items = [item(1, done(1)), item(2, done(2, { finished_at: '2026-11-24T09:00:00Z' })),
    item(3, done(3, { outcome: 'no_speech' })), item(4), item(5, done(5), { kind: 'call' }),
    item(6, done(6, { finished_at: '2026-11-24T10:00:00.9Z' }))]; // The reading's own second, which is told whole.
  const count = (source) => states.newTexts(after(card(items, { latest: { ...latest, source } })));
  assert.equal(count('talks'), 2);
  assert.equal(count('card'), 1);
  assert.equal(count('pasted'), 0);
  assert.equal(states.newTexts(after(card(items))), 0);
});
