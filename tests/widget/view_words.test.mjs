import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './amd.mjs';

const words = load('lib/view_words.js');

// The words between « and » are those that are pointed at.
function quoted(marked) {
  const start = Array.from(marked.split('«')[0]).length;
  const end = start + Array.from(marked.split('«')[1].split('»')[0]).length;
  const message = { id: 'm1', text: marked.replace(/[«»]/g, ''), author_name: 'Ana', at: null };
  const { before, said, after } = words.find({
    result: { source: 'talks' }, located: null, paste: null,
    words: { state: 'ready', messages: { m1: message }, changed: [], gone: [] },
  }, { message: 'm1', start, end, at: null });
  return [before, said, after];
}

test('a short message is quoted whole', () => {
  assert.deepEqual(quoted('I can «not go above» it'), ['I can ', 'not go above', ' it']);
});

test('a long one is cut between two words, on both sides', () => {
  assert.deepEqual(
    quoted('we met about this and said that you understand «the price» and that we could still find some otherwise'),
    ['…about this and said that you understand ', 'the price', ' and that we could still find some…'],
  );
});

test('a word that just fits stays', () => {
  const forty = `${'a'.repeat(19)} ${'b'.repeat(19)} `;
  assert.equal(quoted(`first ${forty}«x»`)[0], `…${forty}`);
  assert.equal(quoted(`«x» ${forty}last`)[2], ` ${forty.trimEnd()}…`);
});

test('a text without spaces is cut between two characters, never inside one', () => {
  const [before, , after] = quoted(`${'😀'.repeat(60)}«x»${'界'.repeat(60)}`);
  assert.equal(before, `…${'😀'.repeat(40)}`);
  assert.equal(after, `${'界'.repeat(40)}…`);
});
