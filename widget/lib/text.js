/*
 * Offsets. The service counts Unicode code points, a browser UTF-16 units: here alone one becomes the other.
 * A lone half of a surrogate pair is one code point, as it is in Python.
 *
 *   unitAt(text, points)  the index in units of the code point with that number; null when the text is shorter
 *   folded(text)          {text, at}: any white space as one space, none at the ends; at[i] is where its i-th unit
 *                         stands in the original
 */
define([], () => {
  'use strict';

  const isIn = (unit, from, to) => unit >= from && unit <= to;
  const isPair = (text, index) => isIn(text.charCodeAt(index), 0xd800, 0xdbff)
    && isIn(text.charCodeAt(index + 1), 0xdc00, 0xdfff);

  function unitAt(text, points) {
    let unit = 0;
    for (let point = 0; point < points; point += 1) {
      if (unit >= text.length) { return null; }
      unit += isPair(text, unit) ? 2 : 1;
    }
    return unit;
  }

  function folded(text) {
    const at = [];
    let made = '';
    for (let index = 0; index < text.length; index += 1) {
      if (/\S/.test(text[index])) {
        if (made && /\s/.test(text[index - 1])) {
          made += ' ';
          at.push(index - 1);
        }
        made += text[index];
        at.push(index);
      }
    }
    return { text: made, at };
  }

  return { unitAt, folded };
});
