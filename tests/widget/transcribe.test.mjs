// What clicks on recordings do: the real state and its steps, with answers of the service as a test says them.

import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './amd.mjs';

const states = load('lib/state.js');
const voices = load('lib/voice.js');
const transcribing = load('lib/transcribe.js');
const retry = load('lib/retry.js');
const { Problem, isProblem, network } = load('lib/problem.js');

const USAGE = { limit: 1800, used: 0, reserved: 0, left: 1800, renews_at: '2026-12-01T00:00:00Z', notice: null };
const row = (n, change = {}) => ({
  id: `t${n}`, kind: 'message', source_id: `m${n}`, state: 'queued', step: 'waiting', outcome: null, problem: null,
  charged_s: 0, language: null, confidence: null, retry_at: null, finished_at: null, ...change,
});
const running = (n) => row(n, { state: 'running', step: 'fetching' });
const done = (n, change) => row(n, { state: 'done', step: null, language: 'es', charged_s: 9, ...change });
const item = (n, transcription = null) => ({
  kind: 'message', source_id: `m${n}`, author: 'client', author_name: 'Ana', at: `2026-11-20T10:00:0${n}Z`, seconds: null,
  transcription,
});

function world({ items, transcribe, rows = {}, estimate, text, seen = items }) {
  const calls = [];
  const slept = [];
  const tasks = [];
  const leaving = new AbortController();
  let looks = 0;
  let at = Date.parse('2026-11-24T12:00:00Z');
  const opened = (list) => ({ facts: null, message_count: 1, latest: null, usage: null, voice: { items: list, usage: USAGE } });
  let state = states.initial({ lang: 'en', connectUrl: '', privacyUrl: '' });
  const dispatch = (type, event) => {
    if (!leaving.signal.aborted) { state = states.reduce(state, { ...event, type }); }
  };
  dispatch('opened', { document: opened(items) });
  const made = transcribing.create({
    client: {
      transcribe: async ({ body, onEvent }) => {
        calls.push(['transcribe', body]);
        return transcribe(onEvent, body);
      },
      transcription: async (id) => {
        calls.push(['transcription', id]);
        const answers = rows[id];
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        if (answer instanceof Problem) { throw answer; }
        return answer;
      },
      estimate: async (body) => { calls.push(['estimate', body]); return estimate(); },
      transcript: async (id) => { calls.push(['transcript', id]); return text(); },
    },
    clock: {
      now: () => at,
      sleep: async (ms, signal) => { slept.push(ms); at += ms; await null; signal.throwIfAborted(); },
    },
    retry, signal: leaving.signal, leadId: '7', lang: 'es', now: () => state, dispatch,
    task: (during, work, refused) => tasks.push(work().catch((failed) => {
      if (leaving.signal.aborted) { return; }
      assert.ok(isProblem(failed), String(failed.stack));
      refused(failed);
    })),
    copy: (id, told) => { calls.push(['copy', id]); told(true); },
    look: () => { looks += 1; },
    lookNow: async () => { calls.push(['look']); dispatch('refreshed', { document: opened(seen) }); },
    isOfTheCard: states.isOfTheCard,
  });
  return {
    ...made.actions, follow: made.follow, calls, slept, leaving,
    state: () => state, looks: () => looks,
    is: (n) => voices.statusOf(state.voice, voices.find(state.voice, `message:m${n}`)),
    settled: async () => { for (let n = 0; n < tasks.length; n += 1) { await tasks[n]; } },
  };
}

test('a click asks for one recording by its id, and its stream tells the rest', async () => {
  const seen = [];
  const w = world({
    items: [item(1), item(2)],
    transcribe: async (onEvent) => {
      seen.push(w.is(1).step);
      onEvent('accepted', { state: 'checking' });
      onEvent('items', { items: [row(1)], usage: USAGE });
      seen.push(w.is(1).step);
      onEvent('state', running(1));
      seen.push(w.is(1).step);
      return { items: [done(1)], usage: { ...USAGE, left: 1791 } };
    },
  });
  w.transcribe('message:m1');
  w.transcribe('message:m1'); // A second click meets the first.
  await w.settled();
  assert.deepEqual(w.calls, [['transcribe', { lead_id: '7', note_language: 'es', message_id: 'm1' }]]);
  assert.deepEqual(seen, ['checking', 'waiting', 'fetching']);
  assert.equal(w.is(1).is, 'text');
  assert.equal(w.state().voice.usage.left, 1791);
  assert.ok(w.looks() > 0); // Facts, and what is new since the reading.
});

test('a stream that breaks off is followed by looks, and nothing is asked for again', async () => {
  const w = world({
    items: [item(1)],
    transcribe: async (onEvent) => { onEvent('items', { items: [row(1)], usage: USAGE }); return null; },
    rows: { t1: [row(1), row(1), running(1), done(1)] },
  });
  w.transcribe('message:m1');
  await w.settled();
  assert.equal(w.is(1).is, 'text');
  assert.equal(w.calls.filter(([name]) => name === 'transcribe').length, 1);
  assert.deepEqual(w.slept, [2000, 3000, 5000, 2000]); // News begins the pauses anew.
});

test('a stream that said nothing is looked for in the card\'s state', async () => {
  const w = world({
    items: [item(1)], transcribe: async () => { throw network(); }, seen: [item(1, row(1))], rows: { t1: [done(1)] },
  });
  w.transcribe('message:m1');
  await w.settled();
  assert.deepEqual(w.calls.map(([name]) => name), ['transcribe', 'look', 'transcription']);
  assert.equal(w.is(1).is, 'text');
});

test('a click that never arrived says so, and may be repeated', async () => {
  const w = world({ items: [item(1, row(1, { state: 'failed', outcome: 'interrupted' }))], transcribe: async () => { throw network(); } });
  w.transcribe('message:m1');
  await w.settled();
  assert.deepEqual(w.is(1), {
    is: 'failed', code: 'network', requestId: null, retryAt: null, charged: null, again: true,
  });
});

test('a refusal stands with its recording; one that is not found has the card looked at', async () => {
  const w = world({ items: [item(1)], transcribe: async () => { throw new Problem({ code: 'not_found', status: 404 }); } });
  w.transcribe('message:m1');
  await w.settled();
  assert.equal(w.is(1).code, 'not_found');
  assert.equal(w.looks(), 1);
  assert.deepEqual(w.slept, []);
});

test('a card that opens with running ones follows them, the longest unseen first', async () => {
  const items = [1, 2, 3, 4, 5].map((n) => item(n, row(n)));
  const rows = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`t${n}`, [done(n)]]));
  const w = world({ items, rows });
  w.follow();
  w.follow();
  await w.settled();
  assert.deepEqual(w.calls.map(([, id]) => id), ['t5', 't4', 't3', 't2', 't1']);
  assert.deepEqual(w.slept, [2000, 2000]);
});

test('where nothing is under way nothing is asked', async () => {
  const w = world({ items: [item(1), item(2, done(2))] });
  w.follow();
  await w.settled();
  assert.deepEqual([w.calls, w.slept], [[], []]);
});

test('what waits for its next try is looked at when that is over', async () => {
  const waits = row(1, { outcome: 'voice_unavailable', retry_at: '2026-11-24T12:05:00Z' });
  const w = world({ items: [item(1, waits)], rows: { t1: [done(1)] } });
  w.follow();
  await w.settled();
  assert.deepEqual(w.slept, [300_500]);
});

test('while following, gaps are overlooked, a rate limit is waited out, and what is gone can be asked for anew', async () => {
  const limited = new Problem({ code: 'rate_limited', status: 429, retryable: true, retryAt: Date.parse('2026-11-24T12:00:30Z') });
  const w = world({
    items: [item(1, row(1))], rows: { t1: [network(), limited, new Problem({ code: 'not_found', status: 404 })] },
  });
  w.follow();
  await w.settled();
  assert.deepEqual(w.slept, [2000, 3000, 25_000, 5000]);
  assert.equal(w.is(1).is, 'new');
});

test('a right that is lost while following closes the card', async () => {
  const w = world({ items: [item(1, row(1))], rows: { t1: [new Problem({ code: 'disconnected', status: 409 })] } });
  w.follow();
  await w.settled();
  assert.equal(w.state().phase, 'reconnect');
});

test('leaving the card ends the looks', async () => {
  const w = world({ items: [item(1, row(1))], rows: { t1: [row(1)] } });
  w.follow();
  w.leaving.abort();
  await w.settled();
  assert.deepEqual(w.calls, []);
});

const due = (n, change) => ({ kind: 'message', source_id: `m${n}`, seconds: 9, problem: null, state: null, ...change });
const estimate = async () => ({ items: [due(1), due(2)], seconds: 18, count: 2, usage: USAGE });

test('all at once are measured first, and asked for when the rep agrees', async () => {
  const w = world({
    items: [item(1), item(2), item(3, done(3))], estimate,
    transcribe: async (onEvent) => {
      onEvent('items', { items: [row(1), row(2), done(3)], usage: USAGE });
      onEvent('state', done(1));
      assert.deepEqual(voices.progressOf(w.state().voice), { n: 2, text: 1, silent: 0, failed: 0, over: 1 });
      return { items: [done(1), done(2, { outcome: 'no_speech' }), done(3)], usage: USAGE };
    },
  });
  w.transcribeAll(); // Nothing was measured, nobody agreed.
  w.measureAll();
  w.measureAll();
  await w.settled();
  assert.deepEqual(w.calls, [['estimate', { lead_id: '7', all: true }]]);
  assert.equal(w.state().voice.all.state, 'confirm');
  w.transcribeAll();
  await w.settled();
  assert.deepEqual(w.calls[1], ['transcribe', { lead_id: '7', note_language: 'es', all: true }]);
  assert.equal(w.state().voice.all.state, 'over');
  assert.deepEqual(voices.progressOf(w.state().voice), { n: 2, text: 1, silent: 1, failed: 0, over: 2 });
});

test('more than is left is not asked for', async () => {
  const w = world({
    items: [item(1), item(2)], estimate: async () => ({ ...await estimate(), seconds: 1801 }), transcribe: assert.fail,
  });
  w.measureAll();
  await w.settled();
  w.transcribeAll();
  await w.settled();
  assert.equal(w.state().voice.all.state, 'confirm');
});

test('a refusal of the measuring, and of all at once, is told once', async () => {
  const problem = new Problem({ code: 'kommo_unavailable', status: 503, retryable: true });
  const w = world({ items: [item(1), item(2)], estimate: async () => { throw problem; } });
  w.measureAll();
  await w.settled();
  assert.deepEqual(w.state().voice.all, { state: 'failed', problem });
  assert.equal(w.is(1).is, 'new');
});

test('a batch whose stream said nothing is found in the card\'s state', async () => {
  const w = world({
    items: [item(1), item(2)], estimate, transcribe: async () => null, seen: [item(1, row(1)), item(2, row(2))],
    rows: { t1: [done(1)], t2: [done(2)] },
  });
  w.measureAll();
  await w.settled();
  w.transcribeAll();
  await w.settled();
  assert.deepEqual(voices.progressOf(w.state().voice), { n: 2, text: 2, silent: 0, failed: 0, over: 2 });
});

test('a text is read when it is asked for', async () => {
  const w = world({ items: [item(1, done(1))], text: async () => ({ id: 't1', text: 'Hola.', language: 'es' }) });
  w.showText('message:m1');
  assert.equal(w.is(1).text.state, 'loading');
  await w.settled();
  assert.deepEqual(w.is(1).text, { state: 'shown', text: 'Hola.', language: 'es' });
});

test('a note that is gone is told with its text, and the card stays', async () => {
  const w = world({ items: [item(1, done(1))], text: async () => { throw new Problem({ code: 'note_gone', status: 404 }); } });
  w.showText('message:m1');
  await w.settled();
  assert.deepEqual(w.is(1).text, { state: 'failed', code: 'note_gone' });
  assert.equal(w.state().phase, 'ready');
});

test('the id of a failure is copied, and that is told of it alone', () => {
  const w = world({ items: [item(1)] });
  w.copyVoiceId('message:m1', 'r1');
  assert.deepEqual(w.calls, [['copy', 'r1']]);
  assert.equal(w.state().voice.copied, 'message:m1');
});
