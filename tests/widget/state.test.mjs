import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './amd.mjs';

const states = load('lib/state.js');
const { Problem } = load('lib/problem.js');

const FACTS = { last_author: 'client', messages: { total: 24 }, source: 'talks' };
const USAGE = { limit: 100, used: 62, reserved: 0, left: 38, renews_at: '2026-12-01T00:00:00Z', notice: null };
const SESSION = { user_id: 7, is_admin: false, account: { timezone: 'America/Bogota' } };
const POINTER = { message: 'm1', start: 3, end: 9 };

function result(change = {}) {
  return {
    id: 'a', state: 'done', source: 'talks', reused: false, created_at: '2026-11-20T10:00:00Z', output_language: 'en',
    facts: FACTS, messages_total: 24, usage: USAGE, suggested_reply: null, ...change,
  };
}

function deepFreeze(value) {
  if (value && typeof value === 'object') { Object.values(value).forEach(deepFreeze); Object.freeze(value); }
  return value;
}

// Every state is frozen, so that a step which changes the one before fails.
function after(...events) {
  const begin = states.initial({ lang: 'en', connectUrl: 'https://x/connect', privacyUrl: 'https://x/privacy' });
  return events.reduce((state, event) => deepFreeze(states.reduce(state, event)), deepFreeze(begin));
}

const opened = (document = {}) => [
  { type: 'session', session: SESSION },
  {
    type: 'opened',
    document: { facts: FACTS, message_count: 24, latest: null, new_since_latest: null, usage: USAGE, ...document },
  },
];
const started = (key = 'k1', source = 'auto') => ({ type: 'run_started', key, at: 1000, source, count: 24 });
const said = (event, data, key = 'k1') => ({ type: 'run_event', key, event, data });
const refusal = (code, change = {}) => new Problem({ code, status: 503, retryable: true, during: 'run', ...change });
const failed = (problem, key = 'k1') => ({ type: 'run_failed', key, problem });

test('a card opens with facts, usage and the account\'s time zone', () => {
  const state = after(...opened());
  assert.equal(state.phase, 'ready');
  assert.deepEqual(state.user, { id: 7, isAdmin: false });
  assert.equal(state.timeZone, 'America/Bogota');
  assert.equal(state.facts, FACTS);
  assert.equal(state.messageCount, 24);
  assert.equal(state.usage, USAGE);
  assert.equal(state.result, null);
  assert.equal(state.needsText, false);
});

test('a stored result comes with how many messages are new since', () => {
  const state = after(...opened({ latest: result(), new_since_latest: 4 }));
  assert.equal(state.resultIs, 'stored');
  assert.equal(state.newSince, 4);
  assert.equal(state.words.state, 'none');
});

test('where Kommo gives no messages, text is needed', () => {
  const state = after(...opened({ facts: null, message_count: null }));
  assert.equal(state.phase, 'ready');
  assert.equal(state.needsText, true);
});

for (const [code, phase] of [
  ['not_connected', 'not_connected'], ['reconnect_needed', 'reconnect'], ['disconnected', 'reconnect'],
  ['not_found', 'no_access'], ['user_inactive', 'no_access'], ['widget_too_old', 'too_old'],
]) {
  test(`${code} closes the card as ${phase}, whenever it comes, and nothing of the lead stays`, () => {
    for (const during of ['open', 'run', 'reply', 'words', 'paste']) {
      const state = after(
        ...opened({ latest: result() }), { type: 'problem', problem: refusal(code, { during, requestId: 'r-1' }) },
      );
      assert.equal(state.phase, phase);
      assert.equal(state.result, null);
      assert.equal(state.facts, null);
      assert.equal(state.problem.requestId, 'r-1');
      assert.deepEqual(state.user, { id: 7, isAdmin: false });
      assert.equal(state.connectUrl, 'https://x/connect');
    }
  });
}

test('any other refusal while the card opens says why and offers to try again', () => {
  const problem = refusal('kommo_unavailable', { during: 'open' });
  const state = after({ type: 'problem', problem });
  assert.equal(state.phase, 'open_failed');
  assert.equal(state.problem, problem);
  assert.equal(after({ type: 'problem', problem: refusal('offline', { during: 'open' }) }).phase, 'offline');
  const again = after({ type: 'problem', problem }, { type: 'opening' });
  assert.equal(again.phase, 'opening');
  assert.equal(again.problem, null);
});

test('a run shows facts, then the summary as it is written, then ratings, then the result', () => {
  const running = [
    ...opened(), started(), said('accepted', { id: 'a' }), said('facts', { ...FACTS, messages: { total: 25 } }),
    said('summary', { delta: 'Ana wants ' }), said('summary', { delta: 'implants.' }),
    said('ratings', { criteria: { need: { level: 3 } } }),
  ];
  const state = after(...running);
  assert.equal(state.run.state, 'running');
  assert.equal(state.run.summary, 'Ana wants implants.');
  assert.equal(state.run.count, 25);
  assert.equal(state.messageCount, 25);
  assert.deepEqual(state.run.ratings, { criteria: { need: { level: 3 } } });

  const done = after(...running, said('result', result({ suggested_reply: 'Hola', messages_total: 25 })));
  assert.equal(done.run, null);
  assert.equal(done.resultIs, 'fresh');
  assert.equal(done.newSince, 0);
  assert.deepEqual(done.reply, { state: 'shown', text: 'Hola', left: null, copied: false });
});

test('a new attempt of the model begins the text anew', () => {
  const state = after(
    ...opened(), started(), said('summary', { delta: 'Half' }), said('ratings', {}), said('summary_reset', {}),
    said('summary', { delta: 'New' }),
  );
  assert.equal(state.run.summary, 'New');
  assert.equal(state.run.ratings, null);
});

test('a result that was stored before is told as reused', () => {
  const state = after(...opened(), started(), said('result', result({ reused: true })));
  assert.equal(state.resultIs, 'reused');
});

test('late events of another run change nothing', () => {
  const before = after(...opened(), started('k1'), failed(refusal('model_timeout')), started('k2'));
  for (const late of [
    said('summary', { delta: 'old' }), said('result', result()), said('facts', {}), failed(refusal('interrupted')),
  ]) {
    assert.equal(states.reduce(before, late), before);
  }
});

test('events after the end of a run change nothing', () => {
  const done = after(...opened(), started(), said('result', result()));
  assert.equal(states.reduce(done, said('summary', { delta: 'late' })), done);
  assert.equal(states.reduce(done, failed(refusal('interrupted'))), done);
  const broken = after(...opened(), started(), failed(refusal('interrupted')));
  assert.equal(states.reduce(broken, said('result', result())), broken);
});

test('an event that is not known changes nothing', () => {
  const state = after(...opened(), started());
  assert.equal(states.reduce(state, said('weather', { sun: true })), state);
});

test('a run that fails half-way keeps its half summary and the result before it', () => {
  const state = after(
    ...opened({ latest: result() }), started(), said('summary', { delta: 'Ana wants' }),
    failed(refusal('model_unavailable')),
  );
  assert.equal(state.run.state, 'failed');
  assert.equal(state.run.summary, 'Ana wants');
  assert.equal(state.result.id, 'a');
  assert.equal(state.problem.code, 'model_unavailable');
  assert.equal(state.problem.charged, false);
});

test('a run that ended half-way keeps whether anybody knows what it cost', () => {
  const half = [...opened(), started(), said('summary', { delta: 'Ana wants' })];
  assert.equal(after(...half, failed(refusal('interrupted'))).run.charged, false);
  assert.equal(after(...half, failed(refusal('network', { charged: null }))).run.charged, null);
});

test('a used-up quota brings its figures', () => {
  const usage = { ...USAGE, left: 0, used: 100 };
  const problem = refusal('quota_used_up', { status: 402, retryable: false, extra: { usage } });
  assert.equal(after(...opened(), started(), failed(problem)).usage, usage);
});

test('a refusal for want of messages offers other sources', () => {
  const state = after(...opened(), started(), failed(refusal('messages_unavailable', { status: 422 })));
  assert.equal(state.needsText, true);
});

test('the automatic repetition counts down and is gone with the next click', () => {
  const planned = [
    ...opened(), started(), failed(refusal('model_timeout')), { type: 'retry_planned', at: 31000, left: 30000 },
  ];
  assert.deepEqual(after(...planned).retry, { at: 31000, left: 30000 });
  assert.equal(after(...planned, { type: 'retry_ticked', left: 29000 }).retry.left, 29000);
  assert.equal(after(...planned, { type: 'retry_dropped' }).retry, null);
  assert.equal(after(...planned, { type: 'retry_dropped' }, { type: 'retry_ticked', left: 1 }).retry, null);
  const again = after(...planned, started('k1'));
  assert.equal(again.retry, null);
  assert.equal(again.problem, null);
  assert.equal(again.run.state, 'running');
});

test('words belong to the result they were read for', () => {
  const found = { messages: [{ id: 'm1', text: 'no puedo' }], gone: ['m2'], changed: ['m3:0:4'] };
  const shown = [...opened({ latest: result() }), { type: 'words_asked' }];
  assert.equal(after(...shown).words.state, 'loading');
  assert.deepEqual(after(...shown, { type: 'words', resultId: 'a', found }).words, {
    state: 'ready', messages: { m1: { id: 'm1', text: 'no puedo' } }, changed: ['m3:0:4'], gone: ['m2'],
  });
  assert.equal(after(...shown, { type: 'words', resultId: 'other', found }).words.state, 'loading');
  const newer = after(
    ...shown, { type: 'words', resultId: 'a', found }, started(), said('result', result({ id: 'b' })),
  );
  assert.equal(newer.words.state, 'none');
});

test('words stay in view while those of the same result are read again', () => {
  const found = { messages: [{ id: 'm1', text: 'no puedo' }], gone: ['m2'], changed: ['m3:0:4'] };
  const ready = [...opened({ latest: result() }), { type: 'words', resultId: 'a', found }];
  const again = after(...ready, { type: 'words_asked' });
  assert.deepEqual(again.words, { ...after(...ready).words, state: 'loading' });
  const refused = { type: 'problem', resultId: 'a', problem: refusal('kommo_unavailable', { during: 'words' }) };
  assert.deepEqual(states.reduce(again, refused).words, { ...again.words, state: 'failed' });
});

test('a late refusal says nothing of another result or another text', () => {
  const shown = after(...opened({ latest: result({ id: 'b' }) }), { type: 'words_asked' }, { type: 'reply_asked' });
  for (const during of ['words', 'reply']) {
    const late = { type: 'problem', resultId: 'a', problem: refusal('kommo_unavailable', { during }) };
    assert.equal(states.reduce(shown, late), shown);
  }
  const box = [...opened(), { type: 'paste_opened' }, { type: 'paste_changed', change: { text: 'one' } }];
  const asked = after(...box).paste;
  const problem = refusal('pasted_unreadable', { during: 'paste', status: 400 });
  assert.equal(after(...box, { type: 'problem', asked, problem }).paste.problem, problem);
  const other = after(...box, { type: 'paste_changed', change: { text: 'two' } }, { type: 'paste_checking' });
  assert.equal(states.reduce(other, { type: 'problem', asked, problem }), other);
  const closed = after(...box, { type: 'paste_closed', source: 'auto' });
  assert.equal(states.reduce(closed, { type: 'problem', asked, problem }), closed);
});

test('a late refusal still closes the card when the right to it was lost', () => {
  const problem = refusal('not_found', { during: 'words', status: 404 });
  const state = after(...opened({ latest: result({ id: 'b' }) }), { type: 'problem', resultId: 'a', problem });
  assert.equal(state.phase, 'no_access');
});

test('where words stand is said of the result that was asked about', () => {
  const located = { key: 'm1:3:9', found: true, why: null };
  const shown = after(...opened({ latest: result() }));
  assert.equal(states.reduce(shown, { type: 'located', resultId: 'a', located }).located, located);
  assert.equal(states.reduce(shown, { type: 'located', resultId: 'other', located }), shown);
});

test('words that cannot be read leave the rest as it is', () => {
  const state = after(
    ...opened({ latest: result() }), { type: 'words_asked' },
    { type: 'problem', problem: refusal('kommo_unavailable', { during: 'words' }) },
  );
  assert.equal(state.words.state, 'failed');
  assert.equal(state.problem, null);
  assert.equal(state.result.id, 'a');
});

test('a reply is asked for, shown, copied; one that fails keeps the one before', () => {
  const asked = [...opened({ latest: result() }), { type: 'reply_asked' }];
  assert.equal(after(...asked).reply.state, 'asking');
  const shown = [...asked, { type: 'reply', resultId: 'a', text: 'Hola', left: 2 }];
  assert.deepEqual(after(...shown).reply, { state: 'shown', text: 'Hola', left: 2, copied: false });
  assert.equal(after(...shown, { type: 'reply_copied', copied: true }).reply.copied, true);
  const refused = { type: 'problem', problem: refusal('replies_used_up', { during: 'reply', status: 409 }) };
  assert.deepEqual(after(...shown, { type: 'reply_asked' }, refused).reply, {
    state: 'shown', text: 'Hola', left: 0, copied: false,
  });
  assert.equal(after(...asked, refused).reply.state, 'failed');
  assert.equal(after(...asked, { type: 'reply', resultId: 'other', text: 'x', left: 1 }).reply.state, 'asking');
});

test('another text in the paste box makes void what was found in the one before', () => {
  const found = { participants: ['Ana', 'Luis'], me: 'Luis', date_order: 'dmy', count: 9, preview: [{}], skipped: 1 };
  const filled = [
    ...opened(), { type: 'paste_opened' }, { type: 'paste_changed', change: { text: 'one' } },
    { type: 'paste_checking' },
  ];
  const asked = after(...filled).paste;
  const checked = [...filled, { type: 'paste_previewed', asked, found }];
  const paste = after(...checked).paste;
  assert.equal(paste.busy, false);
  assert.equal(paste.me, 'Luis');
  assert.equal(paste.count, 9);
  const changed = after(...checked, { type: 'paste_changed', change: { text: 'two' } });
  assert.deepEqual(changed.paste, { ...after(...opened(), { type: 'paste_opened' }).paste, text: 'two' });
  assert.equal(states.reduce(changed, { type: 'paste_previewed', asked, found }), changed);
  assert.equal(changed.source, 'pasted');
});

test('pasted text that asks who is who brings the people to choose from', () => {
  const extra = { participants: ['Ana', 'Luis'] };
  const state = after(
    ...opened(), { type: 'paste_opened' }, { type: 'paste_changed', change: { text: 'x' } }, { type: 'paste_checking' },
    { type: 'problem', problem: refusal('who_are_you', { during: 'paste', status: 400, extra }) },
  );
  assert.deepEqual(state.paste.participants, ['Ana', 'Luis']);
  assert.equal(state.paste.busy, false);
  assert.equal(state.problem, null);
  const chosen = states.reduce(state, { type: 'paste_changed', change: { me: 'Luis' } });
  assert.equal(chosen.paste.me, 'Luis');
  assert.equal(chosen.paste.problem, null);
});

test('a choice that is changed while a text is checked leaves the box open for the next check', () => {
  const found = { participants: ['Ana', 'Luis'], me: 'Ana', date_order: null, count: 9, preview: [{}], skipped: 0 };
  const checking = after(
    ...opened(), { type: 'paste_opened' }, { type: 'paste_changed', change: { text: 'x' } },
    { type: 'paste_changed', change: { me: 'Ana' } }, { type: 'paste_checking' },
  );
  const chosen = states.reduce(checking, { type: 'paste_changed', change: { me: 'Luis' } });
  assert.equal(states.reduce(chosen, { type: 'paste_previewed', asked: checking.paste, found }).paste.busy, false);
});

test('pasted text whose dates can be read in two ways brings both', () => {
  const extra = { readings: { dmy: '2026-04-03', mdy: '2026-03-04' } };
  const state = after(
    ...opened(), { type: 'paste_opened' },
    { type: 'problem', problem: refusal('date_order_unclear', { during: 'paste', extra }) },
  );
  assert.deepEqual(state.paste.readings, ['dmy', 'mdy']);
});

test('a result of pasted text folds the box and keeps its text for the words', () => {
  const state = after(
    ...opened(), { type: 'paste_opened' }, { type: 'paste_changed', change: { text: 'chat' } },
    started('k1', 'pasted'), said('result', result({ source: 'pasted' })),
  );
  assert.equal(state.paste.used, true);
  assert.equal(state.paste.busy, false);
  assert.equal(state.paste.text, 'chat');
});

test('a click that the pasted text itself forbids is no failed run', () => {
  const state = after(
    ...opened(), { type: 'paste_opened' }, started('k1', 'pasted'),
    failed(refusal('who_are_you', { during: 'paste', extra: { participants: ['Ana'] } })),
  );
  assert.equal(state.run, null);
  assert.equal(state.paste.problem.code, 'who_are_you');
});

test('a quiet look brings figures and a colleague\'s newer result, and never disturbs a run', () => {
  const document = { facts: { ...FACTS, client_questions: 2 }, message_count: 28, usage: USAGE };
  const shown = opened({ latest: result() });
  const same = after(...shown, { type: 'refreshed', document: { ...document, latest: result(), new_since_latest: 4 } });
  assert.equal(same.newSince, 4);
  assert.equal(same.messageCount, 28);
  assert.equal(same.resultIs, 'stored');
  const other = result({ id: 'b', created_at: '2026-11-24T10:00:00Z' });
  const newer = after(...shown, { type: 'refreshed', document: { ...document, latest: other, new_since_latest: 0 } });
  assert.equal(newer.result.id, 'b');
  const running = after(...shown, started());
  assert.equal(states.reduce(running, { type: 'refreshed', document: { ...document, latest: other } }), running);
});

test('a quiet look knows the shown result under another click\'s id', () => {
  const fresh = after(...opened(), started(), said('result', result({ id: 'mine', suggested_reply: 'Hola' })));
  const state = states.reduce(fresh, {
    type: 'refreshed',
    document: { facts: FACTS, message_count: 24, usage: USAGE, latest: result({ id: 'theirs' }), new_since_latest: 0 },
  });
  assert.equal(state.result.id, 'mine');
  assert.equal(state.reply.text, 'Hola');
});

test('disclosures open and close; those of evidence go with their result', () => {
  const toggled = (name) => ({ type: 'toggled', name });
  const shown = [...opened({ latest: result() }), toggled('receipt'), toggled('evidence:budget')];
  assert.deepEqual(after(...shown).opened, { 'receipt': true, 'evidence:budget': true });
  assert.deepEqual(after(...shown, toggled('receipt')).opened, { 'evidence:budget': true });
  assert.deepEqual(after(...shown, started(), said('result', result({ id: 'b' }))).opened, { receipt: true });
});

test('the wait that the service asked for ends, and the button comes back', () => {
  const state = after(...opened(), started(), failed(refusal('rate_limited', { retryAt: 9000 })), { type: 'wait_over' });
  assert.equal(state.problem.retryAt, null);
  assert.equal(state.problem.code, 'rate_limited');
});

test('a pointer has one key', () => {
  assert.equal(states.pointerKey(POINTER), 'm1:3:9');
});
