import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { load } from './amd.mjs';

const { create, textLanguage } = load('lib/format.js');
const NOW = () => Date.parse('2026-11-24T18:30:00Z');
const of = (lang, timeZone = 'UTC') => create({ lang, timeZone, now: NOW });
// Intl sets narrow and unbreakable spaces, which differ from one version of its data to the next.
const plain = (text) => text.replace(/[\u00a0\u202f\u2009]/g, ' ');

for (const [lang, one, many, millions] of [
  ['en', '1 message', '1,200 messages', '1,000,000 messages'],
  ['es', '1 mensaje', '1200 mensajes', '1.000.000 de mensajes'],
  ['pt', '1 mensagem', '1.200 mensagens', '1.000.000 de mensagens'],
]) {
  test(`plurals of ${lang} are chosen by its own rules`, () => {
    const forms = {
      en: { one: '{n} message', other: '{n} messages' },
      es: { one: '{n} mensaje', many: '{n} de mensajes', other: '{n} mensajes' },
      pt: { one: '{n} mensagem', many: '{n} de mensagens', other: '{n} mensagens' },
    }[lang];
    assert.equal(of(lang).plural(forms, 1), one);
    assert.equal(of(lang).plural(forms, 1200), many);
    assert.equal(of(lang).plural(forms, 1000000), millions);
  });
}

test('a form that a language lacks is its other form', () => {
  assert.equal(of('es').plural({ one: 'uno', other: '{n} cosas' }, 1000000), '1.000.000 cosas');
  assert.equal(of('en').plural({ other: '{n} of {all}' }, 1, { all: 3 }), '1 of 3');
  assert.equal(of('en').plural(undefined, 1), '');
});

test('filling leaves what it does not know, and takes values as text', () => {
  assert.equal(of('en').fill('{left} of {limit} {unknown}', { left: 38, limit: 1000 }), '38 of 1,000 {unknown}');
  assert.equal(of('en').fill('{name}', { name: '<b>{limit}</b>', limit: 1 }), '<b>{limit}</b>');
  assert.equal(of('en').fill('{constructor}', {}), '{constructor}');
});

test('moments are told in the account\'s zone, with today and yesterday by its calendar', () => {
  assert.equal(plain(of('en').moment('2026-11-24T09:02:00Z')), 'today 09:02');
  assert.equal(plain(of('es').moment('2026-11-23T18:40:00Z')), 'ayer 18:40');
  assert.equal(plain(of('pt').moment('2026-11-23T18:40:00Z')), 'ontem 18:40');
  assert.equal(plain(of('en', 'America/Bogota').moment('2026-11-24T03:00:00Z')), 'yesterday 22:00');
  assert.equal(plain(of('en').moment('2026-11-03T18:40:00Z')), 'Nov 3 18:40');
  assert.match(of('en').moment('2025-11-03T18:40:00Z'), /2025/);
});

test('a zone that is set later counts from then on, and one that does not exist changes nothing', () => {
  const format = of('en');
  assert.equal(plain(format.moment('2026-11-24T03:00:00Z')), 'today 03:00');
  format.setTimeZone('America/Bogota');
  assert.equal(plain(format.moment('2026-11-24T03:00:00Z')), 'yesterday 22:00');
  format.setTimeZone('Mars/Phobos');
  format.setTimeZone(null);
  assert.equal(plain(format.moment('2026-11-24T03:00:00Z')), 'yesterday 22:00');
});

test('a date without a time is the same day in every zone', () => {
  for (const zone of ['Pacific/Auckland', 'America/Bogota', 'UTC']) {
    assert.match(of('en', zone).plainDay('2026-12-01'), /Dec 1/);
  }
  assert.match(of('es').plainDay('2026-12-01'), /1 dic/);
});

test('spans are told in one unit', () => {
  const en = of('en');
  assert.equal(plain(en.duration(720)), '12 min');
  assert.equal(plain(en.duration(0)), '0 sec');
  assert.equal(plain(en.duration(5400)), '2 hr');
  assert.equal(plain(en.duration(10 * 86400)), '10 days');
  assert.equal(plain(en.ago(3 * 3600)), '3 hr. ago');
  assert.equal(plain(of('es').ago(120)), 'hace 2 min');
  assert.equal(en.ago(-5), en.ago(0));
  assert.equal(en.countdown(24001), '0:25');
  assert.equal(en.countdown(61000), '1:01');
  assert.equal(en.countdown(-4), '0:00');
});

test('languages have names in the rep\'s language', () => {
  assert.equal(of('en').language('es'), 'Spanish');
  assert.equal(of('es').language('en'), 'inglés');
  assert.equal(of('pt').language('es'), 'espanhol');
  assert.equal(of('en').language('not a tag'), 'not a tag');
});

test('what is not known is nothing', () => {
  const en = of('en');
  for (const nothing of [null, undefined, '', 'never']) {
    assert.equal(en.day(nothing), '');
    assert.equal(en.moment(nothing), '');
    assert.equal(en.plainDay(nothing), '');
  }
  assert.deepEqual([en.number(null), en.percent(null), en.ago(null), en.duration(null), en.language(null)], ['', '', '', '', '']);
  assert.equal(en.percent(0.423), '42%');
});

test('texts are in a language of the manifest\'s, and English for all others', () => {
  for (const lang of ['en', 'es', 'pt', 'pt-br', 'es-MX']) { assert.equal(textLanguage(lang), lang); }
  for (const lang of ['tr', 'id', 'ru', 'est', 'ptx-br']) { assert.equal(textLanguage(lang), 'en'); }
  const manifest = JSON.parse(readFileSync(new URL('../../widget/manifest.json', import.meta.url)));
  assert.deepEqual(manifest.widget.locale.map((lang) => textLanguage(lang)), ['en', 'es', 'pt']);
});

test('a length is told exactly, in the units that it has', () => {
  assert.equal(plain(of('en').length(14)), '14 sec');
  assert.equal(plain(of('es').length(200)), '3 min 20 s');
  assert.equal(plain(of('pt').length(180)), '3 min');
  assert.equal(plain(of('en').length(4000)), '1 hr 6 min 40 sec');
  assert.equal(plain(of('en').length(59.6)), '1 min');
  assert.equal(plain(of('en').length(0)), '0 sec');
  assert.equal(of('en').length(null), '');
});

test('a time has its day where it is not today by the account\'s calendar', () => {
  assert.equal(plain(of('en').time('2026-11-24T21:05:00Z')), '21:05');
  assert.equal(plain(of('en').time('2026-11-25T00:10:00Z')), 'Nov 25 00:10');
  assert.equal(plain(of('en', 'America/Bogota').time('2026-11-25T00:10:00Z')), '19:10');
  assert.equal(of('en').time(null), '');
});
