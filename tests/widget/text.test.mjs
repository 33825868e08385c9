import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { load } from './amd.mjs';

const text = load('lib/text.js');
const vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8'));

for (const vector of vectors) {
  test(`code points become UTF-16 units: ${vector.name}`, () => {
    const [start, end] = [text.unitAt(vector.text, vector.start), text.unitAt(vector.text, vector.end)];
    assert.equal(start, vector.start_unit);
    assert.equal(vector.text.slice(start, end), vector.slice);
    assert.equal(text.unitAt(vector.text, vector.length), vector.text.length);
    assert.equal(text.unitAt(vector.text, vector.length + 1), null);
  });
}

test('folding makes one space of many and remembers where each unit stood', () => {
  const folded = text.folded('  two\n\u00a0 words 😀 ');
  assert.equal(folded.text, 'two words 😀');
  assert.equal('  two\n\u00a0 words 😀 '[folded.at[0]], 't');
  assert.equal('  two\n\u00a0 words 😀 '[folded.at[4]], 'w');
  assert.equal(folded.at.length, folded.text.length);
});
