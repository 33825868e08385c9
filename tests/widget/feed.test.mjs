import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './amd.mjs';

const feed = load('lib/feed.js');

const entry = (author, at, text, change = {}) => ({
  author, at: at === null ? null : Date.parse(at), kind: 'text', text, ...change,
});
const message = (author, at, text, change = {}) => ({ author, at, kind: 'text', text, ...change });

const FIRST = entry('client', '2026-11-23T18:40:00Z', 'ok');
const SECOND = entry('client', '2026-11-23T18:40:00Z', 'ok');
const OURS = entry('agent', '2026-11-23T18:40:00Z', 'ok');
const LATER = entry('client', '2026-11-24T09:00:00Z', 'ok');
const LONG = entry('client', '2026-11-24T09:02:00Z', 'I cannot go above\n 1.500  for now');
const VOICE = entry('client', '2026-11-24T09:03:00Z', '', { kind: 'voice' });
const ALL = [OURS, FIRST, SECOND, LATER, LONG, VOICE];

test('a message is found by who said it, its words and the nearest minute', () => {
  assert.equal(feed.pick(ALL, message('client', '2026-11-24T09:00:31Z', 'ok'), 0).entry, LATER);
  assert.equal(feed.pick(ALL, message('agent', '2026-11-23T18:40:59Z', 'ok'), 0).entry, OURS);
});

test('of messages with the same words in the same minute, the order tells', () => {
  const asked = message('client', '2026-11-23T18:40:10Z', 'ok');
  assert.equal(feed.pick(ALL, asked, 0).entry, FIRST);
  assert.equal(feed.pick(ALL, asked, 1).entry, SECOND);
  assert.equal(feed.pick(ALL, asked, 7).entry, SECOND);
});

test('a short answer of another day is not taken for this one', () => {
  assert.deepEqual(feed.pick(ALL, message('client', '2026-11-01T10:00:00Z', 'ok'), 0), {
    entry: null, why: 'not_rendered',
  });
});

test('a long message is found by its words, in another setting and under another time', () => {
  const asked = message('client', '2026-11-24T14:02:00Z', 'I cannot go above 1.500 for now');
  assert.equal(feed.pick(ALL, asked, 0).entry, LONG);
});

test('other words in the place of a message say that it was changed', () => {
  const asked = message('client', '2026-11-24T09:02:10Z', 'I cannot go above 1.200 for now');
  assert.deepEqual(feed.pick(ALL, asked, 0), { entry: null, why: 'changed' });
});

test('a voice message is found by its minute', () => {
  const asked = message('client', '2026-11-24T09:03:20Z', 'its transcript', { kind: 'voice' });
  assert.equal(feed.pick(ALL, asked, 0).entry, VOICE);
  assert.equal(feed.pick(ALL, { ...asked, at: '2026-11-24T09:09:20Z' }, 0).entry, null);
});

test('a message without a time is found only where its words stand once', () => {
  assert.equal(feed.pick([FIRST], message('client', null, 'ok'), 0).entry, FIRST);
  assert.equal(feed.pick([FIRST, LATER], message('client', null, 'ok'), 0).entry, null);
});

test('words are placed where the feed sets white space in another way', () => {
  const said = 'I cannot  go above 1.500';
  const shown = '\n  I cannot go\nabove 1.500 ';
  const words = { start: said.indexOf('go'), end: said.length };
  const there = feed.placed(words, said, shown);
  assert.equal(shown.slice(there.start, there.end), 'go\nabove 1.500');
  assert.deepEqual(feed.placed(words, said, said), words);
  assert.equal(feed.placed(words, said, 'something else'), null);
});

test('what is sent of the feed is what the service takes', () => {
  const [one, voice] = feed.asMessages([
    { ...LONG, id: 'card-1', author_name: 'Ana' }, { ...VOICE, id: 'card-2', author_name: null, at: null },
  ]);
  assert.deepEqual(one, {
    id: 'card-1', author: 'client', author_name: 'Ana', at: '2026-11-24T09:02:00.000Z', kind: 'text', text: LONG.text,
  });
  assert.deepEqual(voice, { id: 'card-2', author: 'client', author_name: null, at: null, kind: 'voice', text: '' });
});
