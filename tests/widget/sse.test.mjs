import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './amd.mjs';

const sse = load('lib/sse.js');
const bytes = (text) => new TextEncoder().encode(text);

function heard(...chunks) {
  const events = [];
  const parser = sse.create((name, data) => events.push([name, data]));
  chunks.forEach(parser.push);
  return events;
}

const STREAM = bytes(
  ': still here\n\n'
  + 'event: accepted\ndata: {"id":"1"}\n\n'
  + 'event: summary\r\ndata: {"delta":"Añade 😀 ñ"}\r\n\r\n'
  + 'event:summary\rdata:first\rdata: second\r\r'
  + 'id: 7\nretry: 10\nunknown\n\n'
  + 'data\n\n'
  + 'event: result\ndata:  two spaces: one stays\n\n',
);
const EVENTS = [
  ['accepted', '{"id":"1"}'],
  ['summary', '{"delta":"Añade 😀 ñ"}'],
  ['summary', 'first\nsecond'],
  ['message', ''],
  ['result', ' two spaces: one stays'],
];

test('events are read with comments, all three line ends and several data lines', () => {
  assert.deepEqual(heard(STREAM), EVENTS);
});

test('it does not matter where a stream is cut in two, within a character or a line end too', () => {
  for (let at = 0; at <= STREAM.length; at += 1) {
    assert.deepEqual(heard(STREAM.slice(0, at), STREAM.slice(at)), EVENTS, `cut at byte ${at}`);
  }
});

test('it does not matter when a stream comes byte by byte, or with empty chunks between', () => {
  assert.deepEqual(heard(...Array.from(STREAM, (byte) => Uint8Array.of(byte))), EVENTS);
  assert.deepEqual(heard(...Array.from(STREAM, (byte) => [Uint8Array.of(byte), new Uint8Array()]).flat()), EVENTS);
});

test('a byte order mark is no part of the first field', () => {
  assert.deepEqual(heard(bytes('\ufeffdata: x\n\n')), [['message', 'x']]);
});

test('an event that was cut off before its blank line is not told', () => {
  assert.deepEqual(heard(bytes('event: result\ndata: {"half"')), []);
  assert.deepEqual(heard(bytes('event: result\ndata: whole\n')), []);
});

test('the name of one event is not the name of the next', () => {
  assert.deepEqual(heard(bytes('event: facts\n\ndata: x\n\n')), [['message', 'x']]);
});
