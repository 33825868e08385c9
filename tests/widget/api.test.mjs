// The API's client against a real HTTP server that answers, breaks off and falls silent as told.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test from 'node:test';

import { load } from './amd.mjs';

const api = load('lib/api.js');
const realClock = load('lib/clock.js');
const { isProblem } = load('lib/problem.js');

const KEY = '00000000-0000-4000-8000-000000000001';
const RESULT = { id: 'a', state: 'done', score: 72 };
const STREAM = { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Request-Id': 'req-1' };
let owners = 0;

// Waits are told and not waited for: a test says how long the longest of them lasts.
function quickClock(slept, ahead = 0) {
  let passed = ahead;
  return {
    ...realClock,
    now: () => Date.now() + passed,
    sleep: (ms, signal) => { slept.push(ms); passed += ms; return realClock.sleep(1, signal); },
    within: (promise, ms, signal) => realClock.within(promise, Math.min(ms, 80), signal),
  };
}

async function world(t, answers, ahead = 0) {
  const asked = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const name = `${request.method} ${request.url.replace('/api/v1', '')}`;
      asked.push({ name, headers: request.headers, body: chunks.length ? JSON.parse(Buffer.concat(chunks)) : null });
      const answer = answers[name];
      const isList = Array.isArray(answer) && typeof answer[0] !== 'number';
      const one = isList ? (answer.length > 1 ? answer.shift() : answer[0]) : answer;
      if (typeof one === 'function') { one(response, request); return; }
      const [status, body, headers] = one || [404, { code: 'not_found', status: 404, retryable: false, request_id: 'q' }];
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => { server.closeAllConnections(); server.close(); });
  const url = `http://127.0.0.1:${server.address().port}`;
  const leaving = new AbortController();
  const slept = [];
  let sessions = 0;
  let refusal = null;
  let isOnline = true;
  owners += 1;
  const given = {
    url, version: '0.3.0', owner: `owner ${owners}`, signal: leaving.signal, clock: quickClock(slept, ahead),
    fetch: (...all) => fetch(...all),
    isOnline: () => isOnline,
    authorizedAjax: (options) => {
      sessions += 1;
      const expires = new Date(Date.now() + 1_800_000).toISOString();
      const session = { token: `token-${sessions}`, expires_at: expires, account: {}, user_id: 1, is_admin: false };
      const deferred = {
        done: (take) => { if (!refusal) { queueMicrotask(() => take(session)); } return deferred; },
        fail: (take) => { if (refusal) { queueMicrotask(() => take(refusal, options)); } return deferred; },
      };
      return deferred;
    },
  };
  return {
    client: api.create(given), again: () => api.create({ ...given, signal: new AbortController().signal }), asked, slept, leaving, goOffline: () => { isOnline = false; }, sessions: () => sessions, refuse: (xhr) => { refusal = xhr; },
    names: () => asked.map((one) => one.name),
  };
}

const events = (...list) => list.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join('');
const streaming = (text, end) => (response) => {
  response.writeHead(200, STREAM);
  response.write(text);
  if (end === 'end') { response.end(); }
  if (end === 'cut') { setTimeout(() => response.destroy(), 20); }
};

async function problemOf(promise) {
  try {
    await promise;
  } catch (thrown) {
    assert.ok(isProblem(thrown), String(thrown.stack));
    return thrown;
  }
  assert.fail('There was no problem.');
}

function click(told = []) {
  return { key: KEY, body: { lead_id: '7', source: 'auto' }, onEvent: (name, data) => told.push([name, data]) };
}

test('one session serves all calls, with the widget\'s version on each', async (t) => {
  const w = await world(t, { 'POST /leads/7/state': [200, { facts: null }] });
  assert.deepEqual(await w.client.state('7', { source: 'auto' }), { facts: null });
  await w.client.state('7', { source: 'auto' });
  assert.equal(w.sessions(), 1);
  for (const { headers } of w.asked) {
    assert.equal(headers.authorization, 'Bearer token-1');
    assert.equal(headers['x-widget-version'], '0.3.0');
    assert.equal(headers['x-auth-token'], undefined);
  }
});

test('a session that ended is renewed once, unseen, and the call repeated', async (t) => {
  const ended = [401, { code: 'session_expired', status: 401, retryable: false }];
  const w = await world(t, { 'POST /leads/7/state': [ended, [200, { facts: 1 }]] });
  assert.deepEqual(await w.client.state('7', { source: 'auto' }), { facts: 1 });
  assert.equal(w.sessions(), 2);
  assert.equal(w.asked[1].headers.authorization, 'Bearer token-2');
});

test('requests at once, and a clock that is an hour ahead, do with one session', async (t) => {
  const w = await world(t, { 'POST /leads/7/state': [200, { facts: null }] }, 3_600_000);
  await Promise.all([w.client.state('7', {}), w.client.state('7', {})]);
  await w.client.state('7', {});
  assert.equal(w.sessions(), 1);
});

test('a session that comes after its card was left serves the next card', async (t) => {
  const w = await world(t, { 'POST /leads/7/state': [200, { facts: null }] });
  const left = w.client.open();
  w.leaving.abort();
  await assert.rejects(left, { name: 'AbortError' });
  await w.again().state('7', {});
  assert.equal(w.sessions(), 1);
});

test('a second refusal of the session is told', async (t) => {
  const w = await world(t, { 'POST /leads/7/state': [401, { code: 'session_ended', status: 401, retryable: false }] });
  assert.equal((await problemOf(w.client.state('7', {}))).code, 'session_ended');
  assert.equal(w.sessions(), 2);
});

test('refusals while the session opens are told by their codes', async (t) => {
  const w = await world(t, {});
  const xhr = (status, body) => ({
    status, responseText: JSON.stringify(body), getResponseHeader: (name) => (name === 'X-Request-Id' ? 'req-9' : null),
  });
  w.refuse(xhr(403, { code: 'not_connected', status: 403, retryable: false, request_id: null }));
  const problem = await problemOf(w.client.open());
  assert.equal(problem.code, 'not_connected');
  assert.equal(problem.requestId, 'req-9');
  w.refuse(xhr(401, { code: 'token_replayed', status: 401, retryable: false }));
  assert.equal((await problemOf(w.client.open())).code, 'session');
  w.refuse({ status: 0 });
  assert.equal((await problemOf(w.client.open())).code, 'network');
  w.refuse({ status: 503, responseText: '<html>', getResponseHeader: () => null });
  assert.equal((await problemOf(w.client.open())).code, 'maintenance');
});

test('a stream is told event by event, and its result is the answer', async (t) => {
  const w = await world(t, {
    'POST /analyses': streaming(events(['accepted', { id: 'a' }], ['summary', { delta: 'ñ' }], ['result', RESULT]), 'end'),
  });
  const told = [];
  assert.deepEqual(await w.client.analyse(click(told)), RESULT);
  assert.deepEqual(told, [['accepted', { id: 'a' }], ['summary', { delta: 'ñ' }]]);
  assert.equal(w.asked[0].headers['idempotency-key'], KEY);
  assert.equal(w.asked[0].headers.accept, 'text/event-stream');
});

test('a result ends the wait, also when the stream is left open', async (t) => {
  const w = await world(t, { 'POST /analyses': streaming(events(['result', RESULT]), 'open') });
  assert.deepEqual(await w.client.analyse(click()), RESULT);
  assert.deepEqual(w.names(), ['POST /analyses']);
});

test('a problem on the stream takes the request id of the response', async (t) => {
  const document = { code: 'model_timeout', status: 504, retryable: true, request_id: null, charged: false };
  const w = await world(t, { 'POST /analyses': streaming(events(['accepted', {}], ['problem', document]), 'end') });
  const problem = await problemOf(w.client.analyse(click()));
  assert.equal(problem.code, 'model_timeout');
  assert.equal(problem.requestId, 'req-1');
  assert.equal(problem.retryable, true);
});

for (const end of ['cut', 'end', 'silent']) {
  test(`a stream that is over too early (${end}) is asked after by its key, and clicked once`, async (t) => {
    const running = [200, { id: 'a', state: 'running' }];
    const w = await world(t, {
      'POST /analyses': streaming(events(['accepted', { id: 'a' }]), end),
      [`GET /analyses/by-key/${KEY}`]: [running, running, running, running, running, [200, RESULT]],
    });
    assert.deepEqual(await w.client.analyse(click()), RESULT);
    assert.deepEqual(w.slept, [1000, 2000, 4000, 8000, 8000, 8000]);
    assert.equal(w.names().filter((name) => name === 'POST /analyses').length, 1);
  });
}

test('a run that failed out of sight is told with its own code', async (t) => {
  const problem = { code: 'model_unavailable', status: 503, retryable: true, request_id: 'run-1' };
  const w = await world(t, {
    'POST /analyses': streaming('', 'cut'),
    [`GET /analyses/by-key/${KEY}`]: [200, { id: 'a', state: 'failed', problem }],
  });
  const told = await problemOf(w.client.analyse(click()));
  assert.equal(told.code, 'model_unavailable');
  assert.equal(told.requestId, 'run-1');
});

test('a proxy that turns the stream into JSON does no harm', async (t) => {
  const w = await world(t, {
    'POST /analyses': [202, { id: 'a', state: 'running' }], [`GET /analyses/by-key/${KEY}`]: [200, RESULT],
  });
  assert.deepEqual(await w.client.analyse(click()), RESULT);
});

test('looking for a run ends after 75 seconds', async (t) => {
  const w = await world(t, {
    'POST /analyses': streaming('', 'cut'), [`GET /analyses/by-key/${KEY}`]: [200, { id: 'a', state: 'running' }],
  });
  const problem = await problemOf(w.client.analyse(click()));
  assert.equal(problem.code, 'network');
  assert.equal(problem.charged, null); // The run may go on, and nobody knows.
  assert.equal(problem.retryable, true);
  const waited = w.slept.reduce((sum, ms) => sum + ms, 0);
  assert.ok(waited >= 75_000 && waited < 84_000, String(waited));
});

test('a click that never arrived may be repeated under its key', async (t) => {
  const w = await world(t, { 'POST /analyses': (response) => response.destroy() });
  const problem = await problemOf(w.client.analyse(click()));
  assert.equal(problem.code, 'network');
  assert.equal(problem.charged, null); // The run may go on, and nobody knows.
  assert.equal(problem.retryable, true);
  assert.deepEqual(w.names(), ['POST /analyses', `GET /analyses/by-key/${KEY}`]);
});

test('a click without a network says so at once', async (t) => {
  const w = await world(t, { 'POST /analyses': (response) => response.destroy() });
  w.goOffline();
  assert.equal((await problemOf(w.client.analyse(click()))).code, 'network');
  assert.deepEqual(w.slept, []);
});

test('while looking, a rate limit is waited out and a gap in the network overlooked', async (t) => {
  const limited = [429, { code: 'rate_limited', status: 429, retryable: true, retry_after_s: 5 }, { 'Retry-After': '5' }];
  const w = await world(t, {
    'POST /analyses': streaming(events(['accepted', {}]), 'cut'),
    [`GET /analyses/by-key/${KEY}`]: [limited, (response) => response.destroy(), [200, RESULT]],
  });
  assert.deepEqual(await w.client.analyse(click()), RESULT);
  assert.equal(w.slept[0], 1000);
  assert.ok(w.slept[1] > 3000 && w.slept[1] <= 5000, String(w.slept[1]));
  assert.deepEqual(w.slept.slice(2), [2000, 4000]);
});

test('a refusal of the click is told at once, with its Retry-After', async (t) => {
  const w = await world(t, {
    'POST /analyses': [429, { code: 'rate_limited', status: 429, retryable: true }, { 'Retry-After': '12' }],
  });
  const before = Date.now();
  const problem = await problemOf(w.client.analyse(click()));
  assert.equal(problem.code, 'rate_limited');
  assert.ok(problem.retryAt >= before + 11_900 && problem.retryAt <= Date.now() + 12_100);
  assert.deepEqual(w.slept, []);
});

test('transcriptions are told event by event, and end with their result', async (t) => {
  const row = { id: 'v', kind: 'message', source_id: 'm1', state: 'done' };
  const w = await world(t, {
    'POST /transcriptions': streaming(events(['accepted', {}], ['items', { items: [] }], ['state', row], ['result', { items: [row] }]), 'end'),
  });
  const told = [];
  const onEvent = (name, data) => told.push([name, data]);
  assert.deepEqual(await w.client.transcribe({ body: { lead_id: '7', all: true }, onEvent }), { items: [row] });
  assert.deepEqual(told, [['accepted', {}], ['items', { items: [] }], ['state', row]]);
  assert.equal(w.asked[0].headers.accept, 'text/event-stream');
  assert.equal(w.asked[0].headers['idempotency-key'], undefined);
});

for (const end of ['cut', 'end', 'silent']) {
  test(`transcriptions whose stream is over too early (${end}) are asked for once, and told to go on unheard`, async (t) => {
    const w = await world(t, { 'POST /transcriptions': streaming(events(['accepted', {}]), end) });
    assert.equal(await w.client.transcribe({ body: { lead_id: '7', all: true }, onEvent: () => {} }), null);
    assert.deepEqual(w.names(), ['POST /transcriptions']);
  });
}

test('a proxy that turns the stream of transcriptions into one document keeps what it says', async (t) => {
  const told = [];
  const w = await world(t, { 'POST /transcriptions': [202, { items: [{ id: 'v' }] }] });
  assert.equal(await w.client.transcribe({ body: {}, onEvent: (...event) => told.push(event) }), null);
  assert.deepEqual(told, [['document', { items: [{ id: 'v' }] }]]);
});

test('a refusal on the stream of transcriptions is told by its code', async (t) => {
  const document = { code: 'quota_used_up', status: 402, retryable: false, request_id: 'r9', usage: { left: 0 } };
  const w = await world(t, { 'POST /transcriptions': streaming(events(['accepted', {}], ['problem', document]), 'end') });
  const problem = await problemOf(w.client.transcribe({ body: {}, onEvent: () => {} }));
  assert.equal(problem.code, 'quota_used_up');
  assert.equal(problem.requestId, 'r9');
  assert.deepEqual(problem.extra.usage, { left: 0 });
});

test('an answer that is cut off is no answer', async (t) => {
  const w = await world(t, {
    'POST /leads/7/state': (response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' });
      response.write('{"facts":');
      setTimeout(() => response.destroy(), 10);
    },
  });
  assert.equal((await problemOf(w.client.state('7', {}))).code, 'network');
});

test('leaving the card ends whatever waits, with the reason and no problem', async (t) => {
  const w = await world(t, { 'POST /analyses': streaming(events(['accepted', {}]), 'open') });
  const told = [];
  const running = w.client.analyse(click(told));
  setTimeout(() => w.leaving.abort(), 30);
  await assert.rejects(running, (thrown) => !isProblem(thrown) && thrown.name === 'AbortError');
  await assert.rejects(w.client.state('7', {}), (thrown) => thrown.name === 'AbortError');
});
