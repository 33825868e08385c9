/*
 * Numbers, dates and plurals as the rep's language writes them, by Intl alone: create({lang, timeZone, now}) → {…}.
 * textLanguage(lang) is the language of our texts for a rep of that one.
 *
 *   setTimeZone(name)        the account's zone; a name the browser does not know leaves the one before
 *   number(n)                "1,234"
 *   percent(share)           0.42 → "42%"
 *   day(iso)                 a moment as its day in the account's zone: "Nov 3", with the year when it is another one
 *   plainDay('2026-12-01')   a date without a time: "Tue, Dec 1", never moved by a time zone
 *   moment(iso)              "today 09:02", "yesterday 18:40", "Nov 3 18:40"
 *   ago(seconds)             "3 hr. ago" (a span up to now)
 *   duration(seconds)        "12 min" (one unit, the largest that fits)
 *   length(seconds)          "3 min 20 sec", exactly
 *   time(iso)                "14:05", with its day where that is not today
 *   countdown(ms)            "0:24"
 *   language(tag)            "es" → "Spanish"; an unknown tag comes back as it is
 *   fill(text, values)       "{left} of {limit}" → filled; numbers are written by number()
 *   plural(forms, n, values) forms {one, other, many?} → the form for n, with {n} and values filled
 * Anything null or unreadable gives ''.
 */
define([], () => {
  'use strict';

  const DAY_MS = 86400000;
  const TEXTS = ['en', 'es', 'pt']; // The manifest's locales. All others read English, with English dates in it.
  // [unit, its seconds, from how many seconds on it is used]: 90 minutes read better than 1 hour.
  const UNITS = [['day', 86400, 172800], ['hour', 3600, 5400], ['minute', 60, 60], ['second', 1, -Infinity]];

  function known(timeZone) {
    try {
      return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
    } catch (unknownZone) {
      return null; // The caller keeps the zone it has.
    }
  }

  function create({ lang, timeZone, now = Date.now }) {
    let zone = (timeZone && known(timeZone)) || 'UTC';
    const numbers = new Intl.NumberFormat(lang);
    const plurals = new Intl.PluralRules(lang);
    const formatters = {};

    // Formatters are dear to make and asked for at each drawing.
    function written(at, fields, locale = lang, inZone = zone) {
      const key = [locale, inZone, ...Object.entries(fields)].join();
      formatters[key] = formatters[key] || new Intl.DateTimeFormat(locale, { ...fields, timeZone: inZone });
      return formatters[key].format(at);
    }

    const parsed = (iso) => {
      const at = new Date(iso || NaN);
      return Number.isNaN(at.getTime()) ? null : at;
    };
    const dayOf = (at) => written(at, { year: 'numeric', month: '2-digit', day: '2-digit' }, 'en-CA');
    const spanOf = (seconds) => {
      const span = Math.max(0, seconds);
      const [unit, length] = UNITS.find(([, , from]) => span >= from);
      return [Math.round(span / length), unit];
    };

    function day(iso) {
      const at = parsed(iso);
      if (!at) { return ''; }
      const isThisYear = dayOf(at).slice(0, 4) === dayOf(now()).slice(0, 4);
      return written(at, { day: 'numeric', month: 'short', ...(!isThisYear && { year: 'numeric' }) });
    }

    function moment(iso) {
      const at = parsed(iso);
      if (!at) { return ''; }
      const back = (Date.parse(dayOf(now())) - Date.parse(dayOf(at))) / DAY_MS;
      const near = back === 0 || back === 1;
      const name = near ? new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(-back, 'day') : day(iso);
      return `${name} ${written(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })}`;
    }

    function time(iso) {
      const at = parsed(iso);
      if (!at) { return ''; }
      const isToday = dayOf(at) === dayOf(now());
      return `${isToday ? '' : `${day(iso)} `}${written(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })}`;
    }

    function length(seconds) {
      if (!Number.isFinite(seconds)) { return ''; }
      const whole = Math.max(0, Math.round(seconds));
      const units = [['hour', Math.floor(whole / 3600)], ['minute', Math.floor(whole / 60) % 60], ['second', whole % 60]];
      return units.filter(([unit, n]) => n || (unit === 'second' && !whole)).map(([unit, n]) => inUnit(n, unit)).join(' ');
    }

    function plainDay(date) {
      const at = parsed(date && `${date}T12:00:00Z`);
      return at ? written(at, { weekday: 'short', day: 'numeric', month: 'short' }, lang, 'UTC') : '';
    }

    function language(tag) {
      try {
        return tag ? new Intl.DisplayNames([lang], { type: 'language' }).of(tag) : '';
      } catch (notATag) {
        return tag; // Shown as it came.
      }
    }

    const inUnit = (n, unit) => new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay: 'short' }).format(n);
    const number = (n) => (Number.isFinite(n) ? numbers.format(n) : '');
    const fill = (text, values = {}) => String(text || '').replace(/\{(\w+)\}/g, (whole, name) => {
      const value = Object.prototype.hasOwnProperty.call(values, name) ? values[name] : null;
      if (value === null || value === undefined) { return whole; }
      return typeof value === 'number' ? number(value) : String(value);
    });

    return {
      lang,
      setTimeZone: (name) => { zone = (name && known(name)) || zone; },
      number,
      percent: (share) => (Number.isFinite(share)
        ? new Intl.NumberFormat(lang, { style: 'percent', maximumFractionDigits: 0 }).format(share) : ''),
      day,
      plainDay,
      moment,
      ago: (seconds) => {
        if (!Number.isFinite(seconds)) { return ''; }
        const [n, unit] = spanOf(seconds);
        return new Intl.RelativeTimeFormat(lang, { style: 'short' }).format(-n, unit);
      },
      duration: (seconds) => {
        if (!Number.isFinite(seconds)) { return ''; }
        const [n, unit] = spanOf(seconds);
        return inUnit(n, unit);
      },
      length,
      time,
      countdown: (ms) => {
        const seconds = Math.max(0, Math.ceil((ms || 0) / 1000));
        return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
      },
      language,
      fill,
      plural: (forms, n, values) => (forms ? fill(forms[plurals.select(n)] || forms.other, { n, ...values }) : ''),
    };
  }

  const textLanguage = (lang) => (TEXTS.includes(lang.split('-')[0].toLowerCase()) ? lang : 'en');

  return { create, textLanguage };
});
