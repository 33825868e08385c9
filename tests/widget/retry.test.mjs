import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './amd.mjs';

const retry = load('lib/retry.js');
const { Problem, fromDocument, isProblem, during } = load('lib/problem.js');
const NOW = 1_000_000;

test('a click that may succeed later is repeated once, after 30 seconds', () => {
  const problem = new Problem({ code: 'model_timeout', retryable: true });
  assert.equal(retry.automaticAt(problem, NOW, false), NOW + 30_000);
  assert.equal(retry.automaticAt(problem, NOW, true), null);
});

test('what will not succeed is not repeated', () => {
  assert.equal(retry.automaticAt(new Problem({ code: 'model_refused', retryable: false }), NOW, false), null);
});

test('the service\'s Retry-After is honoured, up to two minutes', () => {
  const at = (ms) => retry.automaticAt(new Problem({ code: 'rate_limited', retryable: true, retryAt: NOW + ms }), NOW, false);
  assert.equal(at(45_000), NOW + 45_000);
  assert.equal(at(5_000), NOW + 30_000);
  assert.equal(at(120_001), null);
});

test('looks at a run come ever more seldom', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 50].map(retry.pollAfter), [1000, 2000, 4000, 8000, 8000, 8000]);
});

test('looks at transcriptions come ever more seldom, and not before the service tries again', () => {
  assert.deepEqual([0, 1, 6, 50].map((n) => retry.followAfter(n, [null], NOW)), [2000, 3000, 30_000, 30_000]);
  assert.equal(retry.followAfter(0, [NOW + 60_000, NOW + 90_000], NOW), 60_500);
  assert.equal(retry.followAfter(0, [NOW + 60_000, null], NOW), 2000);
  assert.equal(retry.followAfter(3, [NOW - 5000], NOW), 8000);
});

test('a problem document is read by its code, and what the headers add to it', () => {
  const document = { code: 'rate_limited', status: 429, retryable: true, request_id: 'r1', retry_after_s: 7, detail: 'x' };
  const problem = fromDocument(document, { status: 429, now: NOW, requestId: 'other', retryAfterS: 3 });
  assert.ok(isProblem(problem));
  assert.deepEqual({ ...problem, extra: null }, {
    code: 'rate_limited', status: 429, requestId: 'r1', retryable: true, retryAt: NOW + 7000, charged: false,
    during: null, extra: null,
  });
  assert.equal(fromDocument({ code: 'x', status: 503, request_id: null }, { now: NOW, requestId: 'h' }).requestId, 'h');
  assert.equal(during(problem, 'run').during, 'run');
  assert.equal(problem.during, null);
});

test('a proxy\'s page in the place of an answer is maintenance, which passes', () => {
  for (const status of [502, 503, 504]) {
    const problem = fromDocument(null, { status, now: NOW, requestId: null, retryAfterS: 0 });
    assert.equal(problem.code, 'maintenance');
    assert.equal(problem.retryable, true);
  }
  assert.equal(fromDocument(null, { status: 500, now: NOW }).code, 'unknown');
  assert.equal(fromDocument('text', { status: 500, now: NOW }).retryable, false);
});
