/*
 * Copies text for the rep: text(text, root) → a promise of whether it worked. Where the clipboard is closed to pages
 * (an old browser, a frame), a text area inside our own root does it.
 */
define([], function () {
  'use strict';

  function byHand(text, root) {
    var document = root.ownerDocument;
    var focused = document.activeElement;
    var area = document.createElement('textarea');
    area.className = 'convailens-hidden';
    area.setAttribute('aria-hidden', 'true');
    area.value = text;
    root.appendChild(area);
    area.select();
    var worked = document.execCommand('copy');
    area.remove();
    if (focused && focused.focus) { focused.focus({ preventScroll: true }); }
    return worked;
  }

  return {
    text: async function (text, root) {
      if (navigator.clipboard) {
        try {
          await navigator.clipboard.writeText(text);
          return true;
        } catch (refused) {
          return byHand(text, root); // The page may not use it; the older way asks nobody.
        }
      }
      return byHand(text, root);
    },
  };
});
