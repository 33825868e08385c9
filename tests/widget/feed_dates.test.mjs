import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './amd.mjs';

const dates = load('lib/feed_dates.js');
const NOW = Date.parse('2026-11-24T18:30:00Z');

function read(text, change = {}) {
  const ms = dates.parse(text, { timeZone: 'UTC', now: NOW, order: null, ...change });
  return ms === null ? null : new Date(ms).toISOString().slice(0, 16);
}

for (const [text, expected] of [
  ['24.11.2026 18:05', '2026-11-24T18:05'],
  ['03.04.26 08:01', '2026-04-03T08:01'],
  ['2026-11-03 08:01', '2026-11-03T08:01'],
  ['Today 09:02', '2026-11-24T09:02'],
  ['Today, 9:02 AM', '2026-11-24T09:02'],
  ['Yesterday 18:40', '2026-11-23T18:40'],
  ['Yesterday at 12:05 am', '2026-11-23T00:05'],
  ['Hoy 09:02', '2026-11-24T09:02'],
  ['Ayer 18:40', '2026-11-23T18:40'],
  ['Ayer a las 6:40 p. m.', '2026-11-23T18:40'],
  ['Hoje 09:02', '2026-11-24T09:02'],
  ['Ontem às 18:40', '2026-11-23T18:40'],
  ['3 Nov 18:40', '2026-11-03T18:40'],
  ['3 nov. 18:40', '2026-11-03T18:40'],
  ['3 de noviembre de 2025, 18:40', '2025-11-03T18:40'],
  ['3 ene 18:40', '2026-01-03T18:40'],
  ['3 de fev. de 2026 18:40', '2026-02-03T18:40'],
  ['3 de março de 2026 18:40', '2026-03-03T18:40'],
  ['3 dez 18:40', '2025-12-03T18:40'],
  ['Nov 3, 2026 6:40 PM', '2026-11-03T18:40'],
  ['Nov 3 18:40', '2026-11-03T18:40'],
  ['18:05', '2026-11-24T18:05'],
  ['24/11/2026 18:05', '2026-11-24T18:05'],
  ['11/24/2026 18:05', '2026-11-24T18:05'],
  ['05/05/2026 18:05', '2026-05-05T18:05'],
]) {
  test(`a date as Kommo writes it is read: ${text}`, () => assert.equal(read(text), expected));
}

for (const text of [
  '', 'soon', '31.02.2026 10:00', '24.11.2026', '24.11.2026 25:00', '13/13/2026 10:00', 'todayish 10:00', '3 Foo 10:00',
  'Today 13:00 pm', '99:99',
]) {
  test(`what is no date is not guessed: “${text}”`, () => assert.equal(read(text), null));
}

test('a date with a slash that can be read in two ways is read by the others, or not at all', () => {
  assert.equal(read('03/04/2026 10:00'), null);
  assert.equal(read('03/04/2026 10:00', { order: 'dmy' }), '2026-04-03T10:00');
  assert.equal(read('03/04/2026 10:00', { order: 'mdy' }), '2026-03-04T10:00');
  assert.equal(dates.orderOf(['03/04/2026', '24/11/2026', 'Today']), 'dmy');
  assert.equal(dates.orderOf(['03/04/2026', '11/24/2026']), 'mdy');
  assert.equal(dates.orderOf(['03/04/2026']), null);
  assert.equal(dates.orderOf(['24/11/2026', '11/24/2026']), null);
});

test('times are of the account\'s zone, on both sides of a change of clocks', () => {
  assert.equal(read('24.11.2026 09:02', { timeZone: 'America/Bogota' }), '2026-11-24T14:02');
  assert.equal(read('24.10.2026 12:00', { timeZone: 'Europe/Madrid' }), '2026-10-24T10:00');
  assert.equal(read('25.10.2026 12:00', { timeZone: 'Europe/Madrid' }), '2026-10-25T11:00');
  assert.equal(read('25.10.2026 00:30', { timeZone: 'Europe/Madrid' }), '2026-10-24T22:30');
});

test('today is the account\'s day, not the browser\'s', () => {
  const late = Date.parse('2026-11-25T02:30:00Z'); // Still the 24th in Bogotá.
  assert.equal(read('Hoy 20:00', { timeZone: 'America/Bogota', now: late }), '2026-11-25T01:00');
  assert.equal(read('Ayer 20:00', { timeZone: 'America/Bogota', now: late }), '2026-11-24T01:00');
});
