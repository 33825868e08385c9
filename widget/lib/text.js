/*
 * Offsets. The service counts Unicode code points, a browser UTF-16 units: here alone one becomes the other.
 *
 * unitAt(text, points)      index in UTF-16 units of the code point with that number; null when the text is shorter
 * slice(text, start, end)   the code points from start to end (exclusive), or null when they are not in the text
 * count(text)               how many code points there are
 * span(message, pointer)    the words that a pointer points at, or null
 * folded(text)              {text, at}: white space as one space and none at the ends; at[i] is the place of its i-th
 *                           unit in the original: to find a text where the page sets it with other white space
 *
 * A lone half of a surrogate pair is one code point, as it is in Python.
 */
define([], function () {
  'use strict';

  function isPair(text, index) {
    var first = text.charCodeAt(index);
    var second = text.charCodeAt(index + 1); // NaN behind the end: in no range.
    return first >= 0xd800 && first <= 0xdbff && second >= 0xdc00 && second <= 0xdfff;
  }

  function unitAt(text, points) {
    var unit = 0;
    for (var point = 0; point < points; point += 1) {
      if (unit >= text.length) { return null; }
      unit += isPair(text, unit) ? 2 : 1;
    }
    return unit;
  }

  function slice(text, start, end) {
    if (!(start >= 0 && end >= start)) { return null; }
    var from = unitAt(text, start);
    var to = from === null ? null : unitAt(text.slice(from), end - start);
    return to === null ? null : text.slice(from, from + to);
  }

  function count(text) {
    var points = 0;
    for (var unit = 0; unit < text.length; points += 1) { unit += isPair(text, unit) ? 2 : 1; }
    return points;
  }

  function span(message, pointer) {
    return message ? slice(message.text, pointer.start, pointer.end) : null;
  }

  function folded(text) {
    var made = '';
    var at = [];
    var isSpace = false;
    for (var index = 0; index < text.length; index += 1) {
      if (/\s/.test(text[index])) {
        isSpace = made !== '';
      } else {
        if (isSpace) {
          made += ' ';
          at.push(index - 1);
        }
        isSpace = false;
        made += text[index];
        at.push(index);
      }
    }
    return { text: made, at: at };
  }

  return { unitAt: unitAt, slice: slice, count: count, span: span, folded: folded };
});
