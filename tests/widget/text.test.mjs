import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { load } from './amd.mjs';

const text = load('lib/text.js');
const vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8'));

for (const vector of vectors) {
  test(`code points become UTF-16 units: ${vector.name}`, () => {
    assert.equal(text.count(vector.text), vector.length);
    assert.equal(text.unitAt(vector.text, vector.start), vector.start_unit);
    assert.equal(text.slice(vector.text, vector.start, vector.end), vector.slice);
  });
}

test('the parts before, within and behind a span make the text again', () => {
  for (const { text: whole, start, end, length } of vectors) {
    const parts = [[0, start], [start, end], [end, length]].map(([from, to]) => text.slice(whole, from, to));
    assert.equal(parts.join(''), whole);
  }
});

test('a span that the text does not hold is no span', () => {
  assert.equal(text.slice('short', 2, 9), null);
  assert.equal(text.slice('short', 6, 7), null);
  assert.equal(text.slice('short', -1, 2), null);
  assert.equal(text.slice('short', 3, 2), null);
  assert.equal(text.slice('short', undefined, 2), null);
  assert.equal(text.span(undefined, { start: 0, end: 1 }), null);
});

test('folding makes one space of many and remembers where each unit stood', () => {
  const folded = text.folded('  two\n\u00a0 words 😀 ');
  assert.equal(folded.text, 'two words 😀');
  assert.equal('  two\n\u00a0 words 😀 '[folded.at[0]], 't');
  assert.equal('  two\n\u00a0 words 😀 '[folded.at[4]], 'w');
  assert.equal(folded.at.length, folded.text.length);
});
