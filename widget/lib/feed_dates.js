/*
 * The dates that Kommo writes beside a message: for people, in their language, in the account's time zone.
 *
 *   parse(text, {timeZone, now (ms), order}) → ms since 1970; null for what cannot be read
 *   orderOf(texts) → 'dmy', 'mdy' or null: how dates with a slash are meant, by any number over 12
 *
 * Read are "24.11.2026 18:40", "24/11/2026 18:40", "2026-11-24 18:40", "today 18:40", "Ayer 18:40", "Ontem às 18:40",
 * "3 Nov 18:40", "3 de noviembre de 2026 18:40", "Nov 3, 2026 6:40 PM", "18:40". What can be read in two ways is not
 * read: a wrong time would make wrong facts.
 */
define([], () => {
  'use strict';

  const MONTHS = [
    'jan ene', 'feb fev', 'mar', 'apr abr', 'may mai', 'jun', 'jul', 'aug ago', 'sep set', 'oct out', 'nov',
    'dec dic dez',
  ];
  const TODAY = /^(today|hoy|hoje)(?![a-z])/;
  const YESTERDAY = /^(yesterday|ayer|ontem)(?![a-z])/;
  const TIME = /(?:^|\D)(\d{1,2}):(\d\d)(?::\d\d)?(?:\s*([ap])\.?\s?m\b)?/;
  const YEAR_FIRST = /^(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)/;
  const DOTTED = /^(\d{1,2})[.-](\d{1,2})[.-](\d{4}|\d\d)(?!\d)/;
  const SLASHED = /^(\d{1,2})\/(\d{1,2})\/(\d{4}|\d\d)(?!\d)/;
  const DAY_MONTH = /^(\d{1,2})\.?\s+(?:de\s+)?([a-z]{3,10})\.?,?(?:\s+(?:de\s+)?(\d{4}))?(?!\d)/;
  const MONTH_DAY = /^([a-z]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?(?:\s+(\d{4}))?(?![\d:])/;
  const FIELDS = {
    year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  };
  const zones = {};

  const plain = (text) => text.toLowerCase().normalize('NFD').replace(/[\u0300-\u036f]/g, '')
    .replace(/\s+/g, ' ').trim();
  const monthNamed = (word) => MONTHS.findIndex((names) => names.split(' ').includes(word.slice(0, 3))) + 1;

  // The clock on the wall there, as if it were UTC.
  function wall(timeZone, ms) {
    zones[timeZone] = zones[timeZone] || new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...FIELDS });
    const at = Object.fromEntries(zones[timeZone].formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second);
  }

  // Twice, since the offset asked for is that of the moment found.
  function momentOf(local, timeZone) {
    const near = local - (wall(timeZone, local) - local);
    return local - (wall(timeZone, near) - near);
  }

  function date(year, month, day) {
    const full = Number(year) + (Number(year) < 100 ? 2000 : 0);
    const made = new Date(Date.UTC(full, month - 1, day));
    return made.getUTCMonth() === month - 1 && made.getUTCDate() === Number(day) ? made : null;
  }

  // A date without its year is the last one there was.
  function lately(year, month, day, today) {
    const here = today.getUTCFullYear();
    const made = date(year || here, month, day);
    return !year && made > today ? date(here - 1, month, day) : made;
  }

  function slashed([, first, second, year], order) {
    const isSure = first > 12 || second > 12 || first === second;
    const meant = isSure ? (second > 12 ? 'mdy' : 'dmy') : order;
    if (!meant) { return null; }
    return meant === 'mdy' ? date(year, first, second) : date(year, second, first);
  }

  // Midnight of the day, on the wall.
  function dayIn(text, order, wallNow) {
    const today = new Date(wallNow).setUTCHours(0, 0, 0, 0);
    if (TODAY.test(text) || /^\d{1,2}:\d\d/.test(text)) { return today; }
    if (YESTERDAY.test(text)) { return today - 86400000; }
    const [whole, dotted, slash, named, english] = [YEAR_FIRST, DOTTED, SLASHED, DAY_MONTH, MONTH_DAY]
      .map((pattern) => pattern.exec(text));
    if (whole) { return date(whole[1], whole[2], whole[3]); }
    if (dotted) { return date(dotted[3], dotted[2], dotted[1]); }
    if (slash) { return slashed(slash, order); }
    if (named && monthNamed(named[2])) { return lately(named[3], monthNamed(named[2]), named[1], new Date(today)); }
    return english && monthNamed(english[1])
      ? lately(english[3], monthNamed(english[1]), english[2], new Date(today)) : null;
  }

  function minutesIn(text) {
    const [, hour, minute, half] = TIME.exec(text) || [];
    const isReal = hour < (half ? 13 : 24) && minute < 60 && !(half && Number(hour) === 0);
    return isReal ? (half ? (hour % 12) + (half === 'p' ? 12 : 0) : Number(hour)) * 60 + Number(minute) : null;
  }

  function parse(text, { timeZone, now, order }) {
    const written = plain(text || '');
    const day = dayIn(written, order, wall(timeZone, now));
    const minutes = minutesIn(written);
    return day === null || minutes === null ? null : momentOf(Number(day) + minutes * 60000, timeZone);
  }

  function orderOf(texts) {
    const orders = new Set(texts.map((text) => SLASHED.exec(plain(text || ''))).filter(Boolean)
      .map(([, first, second]) => (first > 12 ? 'dmy' : second > 12 && 'mdy')).filter(Boolean));
    return orders.size === 1 ? [...orders][0] : null;
  }

  return { parse, orderOf };
});
