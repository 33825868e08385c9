/*
 * Numbers, dates and plurals as the rep's language writes them, by Intl alone.
 *
 * create({lang, timeZone, now}) → format:
 *   setTimeZone(name)       the account's zone; a name the browser does not know leaves the one before
 *   number(n)               "1,234"
 *   percent(share)          0.42 → "42%"
 *   day(iso)                a moment as its day in the account's zone: "3 Nov", with the year when it is another one
 *   plainDay('2026-12-01')  a date without a time (next_step.due): "Tue, 1 Dec", never moved by a time zone
 *   moment(iso)             "today 09:02", "yesterday 18:40", "3 Nov 18:40"
 *   ago(seconds)            "3 hr. ago" (a span up to now)
 *   duration(seconds)       "12 min", "3 hr" (one unit, the largest that fits, rounded)
 *   countdown(ms)           "0:24"
 *   language(tag)           "es" → "Spanish", in the rep's language; an unknown tag comes back as it is
 *   fill(text, values)      "{left} of {limit}" → filled; numbers are written by number()
 *   plural(forms, n, values) forms {one, other, many?} → the form for n, with {n} and values filled
 * Anything null or unreadable gives ''.
 */
define([], function () {
  'use strict';

  var DAY_S = 86400;
  // The largest unit that fits: [unit, its seconds, from how many seconds on]. 90 minutes read better than 2 hours.
  var UNITS = [['day', DAY_S, 2 * DAY_S], ['hour', 3600, 5400], ['minute', 60, 60], ['second', 1, 0]];

  function known(name) {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    } catch (unknownZone) {
      return null; // The caller keeps the zone it has.
    }
  }

  function create(options) {
    var lang = options.lang || 'en';
    var zone = known(options.timeZone || undefined) || 'UTC';
    var now = options.now || Date.now;
    var numbers = new Intl.NumberFormat(lang);
    var plurals = new Intl.PluralRules(lang);
    var dates = {};

    function parsed(iso) {
      var at = typeof iso === 'number' ? new Date(iso) : new Date(iso || NaN);
      return isNaN(at) ? null : at;
    }

    // Formatters are dear to make and asked for at each drawing.
    function formatter(name, fields) {
      var key = name + zone;
      dates[key] = dates[key] || new Intl.DateTimeFormat(lang, Object.assign({ timeZone: zone }, fields));
      return dates[key];
    }

    // The days of the calendar between a moment and now, in the account's zone: 0 today, 1 yesterday.
    function daysBack(at) {
      var days = new Intl.DateTimeFormat('en-CA', { timeZone: zone });
      return Math.round((Date.parse(days.format(now())) - Date.parse(days.format(at))) / (DAY_S * 1000));
    }

    function isThisYear(at) {
      var years = new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric' });
      return years.format(at) === years.format(now());
    }

    function unitOf(seconds) {
      return UNITS.find(function (unit) { return seconds >= unit[2]; });
    }

    var format = {
      lang: lang,

      setTimeZone: function (name) {
        zone = (name && known(name)) || zone;
      },

      timeZone: function () {
        return zone;
      },

      number: function (n) {
        return typeof n === 'number' && isFinite(n) ? numbers.format(n) : '';
      },

      percent: function (share) {
        return typeof share === 'number'
          ? new Intl.NumberFormat(lang, { style: 'percent', maximumFractionDigits: 0 }).format(share) : '';
      },

      day: function (iso) {
        var at = parsed(iso);
        if (!at) { return ''; }
        return isThisYear(at)
          ? formatter('day', { day: 'numeric', month: 'short' }).format(at)
          : formatter('year', { day: 'numeric', month: 'short', year: 'numeric' }).format(at);
      },

      plainDay: function (date) {
        var at = parsed(date ? date + 'T12:00:00Z' : null);
        if (!at) { return ''; }
        return new Intl.DateTimeFormat(lang, { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short' })
          .format(at);
      },

      moment: function (iso) {
        var at = parsed(iso);
        if (!at) { return ''; }
        var time = formatter('time', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);
        var back = daysBack(at);
        var day = back === 0 || back === 1
          ? new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(-back, 'day')
          : format.day(iso);
        return day + ' ' + time;
      },

      ago: function (seconds) {
        if (typeof seconds !== 'number') { return ''; }
        var unit = unitOf(Math.max(0, seconds));
        return new Intl.RelativeTimeFormat(lang, { style: 'short', numeric: 'always' })
          .format(-Math.round(Math.max(0, seconds) / unit[1]), unit[0]);
      },

      duration: function (seconds) {
        if (typeof seconds !== 'number') { return ''; }
        var unit = unitOf(Math.max(0, seconds));
        return new Intl.NumberFormat(lang, { style: 'unit', unit: unit[0], unitDisplay: 'short' })
          .format(Math.round(Math.max(0, seconds) / unit[1]));
      },

      countdown: function (ms) {
        var seconds = Math.max(0, Math.ceil((ms || 0) / 1000));
        return Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0');
      },

      language: function (tag) {
        if (!tag) { return ''; }
        try {
          return new Intl.DisplayNames([lang], { type: 'language' }).of(tag) || tag;
        } catch (invalidTag) {
          return tag; // Not a language tag at all: shown as it came.
        }
      },

      fill: function (text, values) {
        return String(text || '').replace(/\{(\w+)\}/g, function (whole, name) {
          var value = values && Object.prototype.hasOwnProperty.call(values, name) ? values[name] : undefined;
          if (value === undefined || value === null) { return whole; }
          return typeof value === 'number' ? format.number(value) : String(value);
        });
      },

      plural: function (forms, n, values) {
        if (!forms) { return ''; }
        var form = forms[plurals.select(n)] || forms.other || '';
        return format.fill(form, Object.assign({ n: n }, values));
      },
    };
    return format;
  }

  return { create: create };
});
