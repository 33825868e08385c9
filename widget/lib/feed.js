/*
 * The messages in the card's feed: read them where Kommo gives none by its API, and show one where it stands.
 *
 * It reads what is rendered and leaves the markup alone: words are marked by the CSS Custom Highlight API, which paints
 * ranges without touching them. Only the few classes that are known of the feed are asked for.
 *
 *   read(document, {timeZone, now}) → entries {id, author, author_name, at (ms | null), kind, text, node, pieces}
 *   asMessages(entries)             → what the API takes
 *   pick(entries, message, nth)     → {entry | null, why: null | 'changed' | 'not_rendered'}
 *   show(entry, words, isCalm)      → scrolls there and marks; words {start, end} in UTF-16 units of entry.text, or null
 *   unmark()                        → takes the mark away, and lets go of Kommo's nodes
 */
define(['./feed_dates.js', './text.js'], function (dates, text) {
  'use strict';

  var MESSAGE = '.feed-note-wrapper-amojo';
  var INCOMING = '.feed-note-incoming';
  var AUTHOR = '.feed-note__amojo-user, .js-amojo-author';
  var DATE = '.js-feed-note__date, .feed-note__date';
  var PARAGRAPH = '.feed-note__message_paragraph';
  // How media are drawn is known of no source: what their own elements, or the word in a class, give away.
  var VOICE = 'audio, [class*="voice"]';
  var IMAGE = '[class*="picture"], [class*="image"]';
  var MARK = 'convailens-words';
  var BOT = /\b(sales)?bot\b/i;
  var MINUTE_MS = 60000;
  // Short answers ("ok") come again and again: only the time tells which one is meant. Longer ones tell themselves.
  var TELLING_LENGTH = 20;

  function textOf(node, selector) {
    var found = node.querySelector(selector);
    return found ? found.textContent.trim() : '';
  }

  // The paragraphs' text as one string, and which text node each part of it is from.
  function written(paragraphs) {
    var all = { text: '', pieces: [] };
    paragraphs.forEach(function (paragraph, index) {
      if (index) { all.text += '\n'; }
      collect(paragraph, all);
    });
    // What the markup's own indentation adds is no part of a message.
    var indent = all.text.length - all.text.trimStart().length;
    all.text = all.text.trim();
    all.pieces.forEach(function (piece) { piece.from -= indent; });
    return all;
  }

  function collect(node, all) {
    node.childNodes.forEach(function (child) {
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
    if (node.querySelector(VOICE)) { return 'voice'; }
    return node.querySelector(IMAGE) ? 'image' : 'file';
  }

  function authorOf(node, name) {
    if (node.matches(INCOMING) || node.querySelector(INCOMING)) { return 'client'; }
    return BOT.test(name) ? 'bot' : 'agent';
  }

  // Where a message stands in its minute, and no more: an id is stored, so it is not made from the words.
  function identify(entries) {
    var counts = {};
    entries.forEach(function (entry) {
      var at = entry.at === null ? 'undated' : new Date(entry.at).toISOString().slice(0, 16).replace(/\D/g, '');
      var place = at + '-' + entry.author;
      counts[place] = (counts[place] || 0) + 1;
      entry.id = 'card-' + place + '-' + counts[place];
    });
    return entries;
  }

  function read(document, options) {
    var nodes = Array.from(document.querySelectorAll(MESSAGE));
    var order = dates.orderOf(nodes.map(function (node) { return textOf(node, DATE); }));
    var reading = { timeZone: options.timeZone, now: options.now, order: order };
    return identify(nodes.map(function (node) {
      var name = textOf(node, AUTHOR);
      var words = written(Array.from(node.querySelectorAll(PARAGRAPH)));
      return {
        author: authorOf(node, name),
        author_name: name.slice(0, 200) || null,
        at: dates.parse(textOf(node, DATE), reading),
        kind: kindOf(node, words.text.trim() !== ''),
        text: words.text,
        node: node,
        pieces: words.pieces,
      };
    }));
  }

  function asMessages(entries) {
    return entries.map(function (entry) {
      return {
        id: entry.id,
        author: entry.author,
        author_name: entry.author_name,
        at: entry.at === null ? null : new Date(entry.at).toISOString(),
        kind: entry.kind,
        text: entry.kind === 'text' ? entry.text : '',
      };
    });
  }

  function minute(ms) {
    return Math.floor(ms / MINUTE_MS);
  }

  // Kommo shows minutes, so a message of the same minute is as near as can be.
  function distance(entry, at) {
    return at === null || entry.at === null ? Infinity : Math.abs(minute(entry.at) - minute(at));
  }

  function pick(entries, message, nth) {
    var at = message.at ? Date.parse(message.at) : null;
    var sameSide = entries.filter(function (entry) {
      return (entry.author === 'client') === (message.author === 'client');
    });
    if (message.kind === 'voice') {
      var voice = sameSide.find(function (entry) { return entry.kind === 'voice' && distance(entry, at) === 0; });
      return { entry: voice || null, why: voice ? null : 'not_rendered' };
    }
    var wanted = text.folded(message.text).text;
    var same = sameSide.filter(function (entry) {
      return entry.kind === 'text' && text.folded(entry.text).text === wanted;
    });
    var nearest = Math.min.apply(null, same.map(function (entry) { return distance(entry, at); }));
    var isTold = nearest <= 1 || wanted.length >= TELLING_LENGTH || (at === null && same.length === 1);
    if (same.length && isTold) {
      var twins = same.filter(function (entry) { return distance(entry, at) === nearest; });
      return { entry: twins[Math.min(nth || 0, twins.length - 1)], why: null };
    }
    var inItsPlace = sameSide.filter(function (entry) { return distance(entry, at) === 0; });
    return { entry: null, why: inItsPlace.length === 1 ? 'changed' : 'not_rendered' };
  }

  // Units of the service's text → units of the feed's, which may set white space in another way.
  function placed(words, said, shown) {
    if (said === shown) { return words; }
    var from = text.folded(said);
    var to = text.folded(shown);
    var first = from.at.findIndex(function (place) { return place >= words.start; });
    var last = from.at.length - 1;
    while (last >= 0 && from.at[last] >= words.end) { last -= 1; }
    if (from.text !== to.text || first < 0 || last < first) { return null; }
    return { start: to.at[first], end: to.at[last] + 1 };
  }

  function rangeOf(entry, words) {
    var range = entry.node.ownerDocument.createRange();
    var isOpen = false;
    entry.pieces.forEach(function (piece) {
      var to = piece.from + piece.node.data.length;
      if (to <= words.start || piece.from >= words.end) { return; }
      if (!isOpen) { range.setStart(piece.node, Math.max(0, words.start - piece.from)); }
      isOpen = true;
      range.setEnd(piece.node, Math.min(words.end, to) - piece.from);
    });
    return isOpen ? range : null;
  }

  function canMark() {
    return typeof Highlight === 'function' && Boolean(CSS.highlights);
  }

  function unmark() {
    if (canMark()) { CSS.highlights.delete(MARK); }
  }

  function show(entry, words, isCalm) {
    unmark();
    var range = words && canMark() ? rangeOf(entry, words) : null;
    if (range) { CSS.highlights.set(MARK, new Highlight(range)); }
    entry.node.scrollIntoView({ block: 'center', behavior: isCalm ? 'auto' : 'smooth' });
  }

  return { read: read, asMessages: asMessages, pick: pick, placed: placed, show: show, unmark: unmark };
});
