/*
 * The messages in the card's feed: to read them where Kommo gives none by its API, and to show one where it stands.
 * Only the few classes that are known of the feed are asked for, and the markup is left alone: words are marked by the
 * CSS Custom Highlight API, which paints ranges without touching them.
 *
 *   read(document, {timeZone, now}) → entries {id, author, author_name, at (ms | null), kind, text, node, pieces}
 *   asMessages(entries)             → what the API takes
 *   pick(entries, message, nth)     → {entry | null, why: null | 'changed' | 'not_rendered'}
 *   placed(words, said, shown)      → {start, end} in units of a text → in another setting of it, or null
 *   show(entry, words, isCalm)      → scrolls there and marks the words, if there are any
 *   unmark()                        → takes the mark away, and lets go of Kommo's nodes
 */
define(['./feed_dates.js', './text.js'], (dates, text) => {
  'use strict';

  const MESSAGE = '.feed-note-wrapper-amojo';
  const INCOMING = '.feed-note-incoming';
  const AUTHOR = '.feed-note__amojo-user, .js-amojo-author';
  const DATE = '.js-feed-note__date, .feed-note__date';
  const PARAGRAPH = '.feed-note__message_paragraph';
  // How media are drawn no source tells: what their own elements, or a word in a class, give away.
  const VOICE = 'audio, [class*="voice"]';
  const IMAGE = '[class*="picture"], [class*="image"]';
  const MARK = 'convailens-words';
  const BOT = /\b(sales)?bot\b/i;
  const MINUTE_MS = 60000;
  // Short answers ("ok") come again and again: only the time tells which is meant. Longer ones tell themselves.
  const TELLING_LENGTH = 20;

  function textIn(node, selector) {
    const found = node.querySelector(selector);
    return found ? found.textContent.trim() : '';
  }

  // The paragraphs as one string, and from which text node each part of it is.
  function written(node) {
    const all = { text: '', pieces: [] };
    node.querySelectorAll(PARAGRAPH).forEach((paragraph) => {
      if (all.text) { all.text += '\n'; }
      collect(paragraph, all);
    });
    // What the markup's own indentation adds is no part of a message.
    const indent = all.text.length - all.text.trimStart().length;
    return { text: all.text.trim(), pieces: all.pieces.map((piece) => ({ ...piece, from: piece.from - indent })) };
  }

  function collect(node, all) {
    node.childNodes.forEach((child) => {
      if (child.nodeType === 3) {
        all.pieces.push({ node: child, from: all.text.length });
        all.text += child.data;
      } else if (child.nodeName === 'BR') {
        all.text += '\n';
      } else if (child.nodeName === 'IMG') {
        all.text += child.alt || ''; // An emoji that the page draws as a picture.
      } else {
        collect(child, all);
      }
    });
  }

  function kindOf(node, hasText) {
    if (hasText) { return 'text'; }
    return node.querySelector(VOICE) ? 'voice' : (node.querySelector(IMAGE) ? 'image' : 'file');
  }

  function read(document, { timeZone, now }) {
    const nodes = Array.from(document.querySelectorAll(MESSAGE));
    const order = dates.orderOf(nodes.map((node) => textIn(node, DATE)));
    const counts = {};
    return nodes.map((node) => {
      const name = textIn(node, AUTHOR);
      const words = written(node);
      const at = dates.parse(textIn(node, DATE), { timeZone, now, order });
      const author = node.querySelector(INCOMING) ? 'client' : (BOT.test(name) ? 'bot' : 'agent');
      // Where a message stands in its minute, and no more: an id is stored, so it is not made from the words.
      const minute = at === null ? 'undated' : new Date(at).toISOString().slice(0, 16).replace(/\D/g, '');
      const place = `card-${minute}-${author}`;
      counts[place] = (counts[place] || 0) + 1;
      return {
        id: `${place}-${counts[place]}`, author, author_name: name.slice(0, 200) || null, at,
        kind: kindOf(node, words.text !== ''), text: words.text, node, pieces: words.pieces,
      };
    });
  }

  const asMessages = (entries) => entries.map(({ id, author, author_name: name, at, kind, text: said }) => ({
    id, author, author_name: name, at: at === null ? null : new Date(at).toISOString(), kind, text: said,
  }));

  // In minutes, since that is what Kommo shows.
  const distance = (entry, at) => (at === null || entry.at === null
    ? Infinity : Math.abs(Math.floor(entry.at / MINUTE_MS) - Math.floor(at / MINUTE_MS)));

  function pick(entries, message, nth) {
    const at = message.at ? Date.parse(message.at) : null;
    const sameSide = entries.filter((entry) => (entry.author === 'client') === (message.author === 'client'));
    const inItsPlace = sameSide.filter((entry) => distance(entry, at) === 0);
    if (message.kind === 'voice') {
      const voice = inItsPlace.find((entry) => entry.kind === 'voice');
      return voice ? { entry: voice, why: null } : { entry: null, why: 'not_rendered' };
    }
    const wanted = text.folded(message.text).text;
    const same = sameSide.filter((entry) => entry.kind === 'text' && text.folded(entry.text).text === wanted);
    const nearest = Math.min(...same.map((entry) => distance(entry, at)));
    if (nearest <= 1 || (same.length && (wanted.length >= TELLING_LENGTH || (at === null && same.length === 1)))) {
      const twins = same.filter((entry) => distance(entry, at) === nearest);
      return { entry: twins[Math.min(nth, twins.length - 1)], why: null };
    }
    return { entry: null, why: inItsPlace.length === 1 ? 'changed' : 'not_rendered' };
  }

  function placed(words, said, shown) {
    if (said === shown) { return words; }
    const from = text.folded(said);
    const to = text.folded(shown);
    const inside = from.at.map((place, index) => (place >= words.start && place < words.end ? index : -1))
      .filter((index) => index >= 0);
    return from.text === to.text && inside.length
      ? { start: to.at[inside[0]], end: to.at[inside[inside.length - 1]] + 1 } : null;
  }

  function rangeOf({ node, pieces }, { start, end }) {
    const range = node.ownerDocument.createRange();
    const inside = pieces.filter((piece) => piece.from < end && piece.from + piece.node.data.length > start);
    if (!inside.length) { return null; }
    const last = inside[inside.length - 1];
    range.setStart(inside[0].node, Math.max(0, start - inside[0].from));
    range.setEnd(last.node, Math.min(last.node.data.length, end - last.from));
    return range;
  }

  const canMark = () => typeof Highlight === 'function' && Boolean(CSS.highlights);

  function unmark() {
    if (canMark()) { CSS.highlights.delete(MARK); }
  }

  function show(entry, words, isCalm) {
    unmark();
    const range = words && canMark() ? rangeOf(entry, words) : null;
    if (range) { CSS.highlights.set(MARK, new Highlight(range)); }
    entry.node.scrollIntoView({ block: 'center', behavior: isCalm ? 'auto' : 'smooth' });
  }

  return { read, asMessages, pick, placed, show, unmark };
});
