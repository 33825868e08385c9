/*
 * Copies text for the rep: text(text, root) → a promise of whether it worked. Where the clipboard is closed to the
 * page (an old browser, a frame), a text area inside our own root does it.
 */
define([], () => {
  'use strict';

  function byHand(text, root) {
    const { ownerDocument: document } = root;
    const focused = document.activeElement;
    const area = document.createElement('textarea');
    area.className = 'convailens-hidden';
    area.value = text;
    root.appendChild(area);
    area.select();
    const worked = document.execCommand('copy');
    area.remove();
    focused.focus({ preventScroll: true });
    return worked;
  }

  async function text(said, root) {
    try {
      await navigator.clipboard.writeText(said);
      return true;
    } catch (refused) {
      return byHand(said, root); // There is none, or it is closed to us: the older way asks nobody.
    }
  }

  return { text };
});
