/*
 * Between what a result points at and what the card's feed shows.
 *
 * create(document, timeZone()) → {messages(), locate(pointer, state), unmark()}; locate scrolls there and marks the
 * words, and gives what `located` in the state says.
 */
define(['./feed.js', './state.js', './text.js'], function (feed, states, text) {
  'use strict';

  function create(document, timeZone) {
    function entries() {
      return feed.read(document, { timeZone: timeZone(), now: Date.now() });
    }

    function isCalm() {
      return document.defaultView.matchMedia('(prefers-reduced-motion: reduce)').matches;
    }

    // Which of several messages with the same words this is, counted in the order of the chat.
    function nth(message, words) {
      return Object.keys(words.messages).map(function (id) { return words.messages[id]; })
        .filter(function (other) {
          return other.author === message.author && other.text === message.text && other.at === message.at;
        })
        .findIndex(function (other) { return other.id === message.id; });
    }

    function locate(pointer, state) {
      var key = states.pointerKey(pointer);
      var words = state.words;
      function not(why) { return { key: key, found: false, why: why }; }
      if (words.gone.indexOf(pointer.message) >= 0) { return not('gone'); }
      if (words.changed.indexOf(key) >= 0) { return not('changed'); }
      var message = words.messages[pointer.message];
      if (!message) { return not('not_rendered'); }
      var there = feed.pick(entries(), message, nth(message, words));
      if (!there.entry) { return not(there.why); }
      feed.show(there.entry, unitsIn(there.entry, message, pointer), isCalm());
      return { key: key, found: true, why: null };
    }

    function unitsIn(entry, message, pointer) {
      var start = text.unitAt(message.text, pointer.start);
      var end = text.unitAt(message.text, pointer.end);
      if (entry.kind !== 'text' || start === null || end === null) { return null; }
      return feed.placed({ start: start, end: end }, message.text, entry.text);
    }

    return {
      messages: function () { return feed.asMessages(entries()); },
      locate: locate,
      unmark: feed.unmark,
    };
  }

  return { create: create };
});
