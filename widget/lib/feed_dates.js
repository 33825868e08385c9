/*
 * The dates that Kommo writes beside a message, as it writes them: for people, in their language, without a zone.
 *
 * parse(text, {timeZone, now (ms), order})  → ms since 1970, or null for what cannot be read
 * orderOf(texts)                            → 'dmy', 'mdy' or null: how dates with a slash are meant, by any number > 12
 *
 * Read as given in the account's zone: "24.11.2026 18:40", "24/11/2026 18:40", "2026-11-24 18:40", "today 18:40",
 * "Ayer 18:40", "Ontem às 18:40", "3 Nov 18:40", "3 de noviembre de 2026 18:40", "Nov 3, 2026 6:40 PM", "18:40".
 * A date that can be read in two ways is not read: a wrong time would make wrong facts.
 */
define([], function () {
  'use strict';

  var MONTHS = [
    ['jan', 'ene'], ['feb', 'fev'], ['mar'], ['apr', 'abr'], ['may', 'mai'], ['jun'], ['jul'], ['aug', 'ago'],
    ['sep', 'set'], ['oct', 'out'], ['nov'], ['dec', 'dic', 'dez'],
  ];
  var TODAY = /^(today|hoy|hoje)(?![a-z])/;
  var YESTERDAY = /^(yesterday|ayer|ontem)(?![a-z])/;
  var TIME = /(?:^|[^\d])(\d{1,2}):(\d{2})(?::\d{2})?(?:\s*([ap])\.?\s?m\b\.?)?/;
  var YEAR_FIRST = /^(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)/;
  var DOTTED = /^(\d{1,2})[.-](\d{1,2})[.-](\d{4}|\d{2})(?!\d)/;
  var SLASHED = /^(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2})(?!\d)/;
  var DAY_MONTH = /^(\d{1,2})\.?\s+(?:de\s+)?([a-z]{3,10})\.?,?(?:\s+(?:de\s+)?(\d{4}))?(?!\d)/;
  var MONTH_DAY = /^([a-z]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?(?:\s+(\d{4}))?(?![\d:])/;
  var zones = {};

  function plain(text) {
    return text.toLowerCase().normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/\s+/g, ' ').trim();
  }

  function partsIn(zone, ms) {
    zones[zone] = zones[zone] || new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric',
      minute: 'numeric', second: 'numeric',
    });
    return zones[zone].formatToParts(ms).reduce(function (all, part) {
      all[part.type] = Number(part.value);
      return all;
    }, {});
  }

  function offset(zone, ms) {
    var there = partsIn(zone, ms);
    var read = Date.UTC(there.year, there.month - 1, there.day, there.hour, there.minute, there.second);
    return read - Math.floor(ms / 1000) * 1000;
  }

  // Local time → the moment. Twice, since the offset asked for is that of the moment found.
  function momentOf(day, time, zone) {
    var local = Date.UTC(day.year, day.month - 1, day.day, time.hour, time.minute);
    var moment = local - offset(zone, local);
    return local - offset(zone, moment);
  }

  function timeIn(text) {
    var found = TIME.exec(text);
    if (!found) { return null; }
    var hour = Number(found[1]);
    var minute = Number(found[2]);
    if (found[3]) {
      if (hour < 1 || hour > 12) { return null; }
      hour = (hour % 12) + (found[3] === 'p' ? 12 : 0);
    }
    return hour < 24 && minute < 60 ? { hour: hour, minute: minute } : null;
  }

  function monthNamed(word) {
    var start = word.slice(0, 3);
    return MONTHS.findIndex(function (names) { return names.indexOf(start) >= 0; }) + 1;
  }

  function date(year, month, day) {
    var full = year < 100 ? 2000 + year : year;
    var made = new Date(Date.UTC(full, month - 1, day));
    var isReal = made.getUTCMonth() === month - 1 && made.getUTCDate() === day;
    return isReal ? { year: full, month: month, day: day } : null;
  }

  function today(now, zone, back) {
    var here = partsIn(zone, now);
    var made = new Date(Date.UTC(here.year, here.month - 1, here.day - back));
    return { year: made.getUTCFullYear(), month: made.getUTCMonth() + 1, day: made.getUTCDate() };
  }

  // A date without its year is the last one there was.
  function withYear(year, month, day, options) {
    if (year) { return date(Number(year), month, day); }
    var here = today(options.now, options.timeZone, 0);
    var isAhead = month > here.month || (month === here.month && day > here.day);
    return date(here.year - (isAhead ? 1 : 0), month, day);
  }

  function slashed(found, order) {
    var first = Number(found[1]);
    var second = Number(found[2]);
    var isSure = first > 12 || second > 12 || first === second;
    var meant = isSure ? (second > 12 ? 'mdy' : 'dmy') : order;
    if (!meant) { return null; }
    return meant === 'mdy' ? date(Number(found[3]), first, second) : date(Number(found[3]), second, first);
  }

  function dayIn(text, options) {
    var found;
    if (TODAY.test(text)) { return today(options.now, options.timeZone, 0); }
    if (YESTERDAY.test(text)) { return today(options.now, options.timeZone, 1); }
    if ((found = YEAR_FIRST.exec(text))) { return date(Number(found[1]), Number(found[2]), Number(found[3])); }
    if ((found = DOTTED.exec(text))) { return date(Number(found[3]), Number(found[2]), Number(found[1])); }
    if ((found = SLASHED.exec(text))) { return slashed(found, options.order); }
    if ((found = DAY_MONTH.exec(text)) && monthNamed(found[2])) {
      return withYear(found[3], monthNamed(found[2]), Number(found[1]), options);
    }
    if ((found = MONTH_DAY.exec(text)) && monthNamed(found[1])) {
      return withYear(found[3], monthNamed(found[1]), Number(found[2]), options);
    }
    return /^\d{1,2}:\d{2}/.test(text) ? today(options.now, options.timeZone, 0) : null;
  }

  function parse(text, options) {
    var written = plain(text || '');
    var day = dayIn(written, options);
    var time = timeIn(written);
    return day && time ? momentOf(day, time, options.timeZone) : null;
  }

  function orderOf(texts) {
    var orders = texts.map(function (text) { return SLASHED.exec(plain(text || '')); }).filter(Boolean)
      .map(function (found) { return Number(found[1]) > 12 ? 'dmy' : (Number(found[2]) > 12 ? 'mdy' : null); })
      .filter(Boolean);
    return new Set(orders).size === 1 ? orders[0] : null;
  }

  return { parse: parse, orderOf: orderOf };
});
