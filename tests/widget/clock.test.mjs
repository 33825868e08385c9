import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './amd.mjs';

const clock = load('lib/clock.js');
const rest = (ms) => new Promise((done) => { setTimeout(done, ms); });

test('what was to come later does not come once the card was left', async () => {
  const leaving = new AbortController();
  const done = [];
  clock.after(10, () => done.push('after'), leaving.signal);
  clock.every(5, () => done.push('every'), leaving.signal);
  leaving.abort();
  clock.after(1, () => done.push('too late'), leaving.signal);
  await rest(40);
  assert.deepEqual(done, []);
});

test('what is stopped does not come, and what is repeated comes until it is stopped', async () => {
  const { signal } = new AbortController();
  const done = [];
  clock.after(5, () => done.push('once'), signal)();
  const stop = clock.every(10, () => {
    done.push('again');
    if (done.length === 3) { stop(); }
  }, signal);
  await rest(120);
  assert.deepEqual(done, ['again', 'again', 'again']);
});

test('a wait ends with the card, with its reason', async () => {
  const leaving = new AbortController();
  const waits = [clock.sleep(10_000, leaving.signal), clock.within(new Promise(() => {}), 10_000, leaving.signal)];
  leaving.abort(new Error('left'));
  for (const wait of [...waits, clock.sleep(1, leaving.signal), clock.within(Promise.resolve(), 1, leaving.signal)]) {
    await assert.rejects(wait, { message: 'left' });
  }
});

test('a promise has its time and no more, and its own end within it', async () => {
  const { signal } = new AbortController();
  await assert.rejects(clock.within(new Promise(() => {}), 5, signal), { message: 'late' });
  await assert.rejects(clock.within(Promise.reject(new Error('own')), 50, signal), { message: 'own' });
  assert.equal(await clock.within(Promise.resolve(7), 50, signal), 7);
  assert.equal(await clock.sleep(1, signal), undefined);
});

test('what is to come in more than 24.8 days does not come at once', async () => {
  const leaving = new AbortController();
  const done = [];
  clock.after(30 * 86_400_000, () => done.push('early'), leaving.signal);
  await rest(30);
  leaving.abort();
  assert.deepEqual(done, []);
});

test('a limit aborts after its time, or with the card, and no more by its time once it is cleared', async () => {
  const leaving = new AbortController();
  const short = clock.limit(5, leaving.signal);
  const cleared = clock.limit(5, leaving.signal);
  cleared.clear();
  await rest(20);
  assert.equal(short.signal.aborted, true);
  assert.equal(cleared.signal.aborted, false);
  leaving.abort();
  assert.equal(cleared.signal.aborted, true);
  assert.equal(clock.limit(5, leaving.signal).signal.aborted, true);
});
