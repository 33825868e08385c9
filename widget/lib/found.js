/*
 * Between what a result points at and what the card's feed shows: create(document, leadId, timeZone()) → {messages(),
 * locate(pointer, state), unmark(), left()}. locate scrolls there, marks the words, and gives the state's `located`.
 * left() is for the moment at which Kommo leaves the card, its feed still in the page.
 */
define(['./feed.js', './state.js', './text.js'], (feed, states, text) => {
  'use strict';

  const leads = new WeakMap(); // A message's node in the page → the lead in whose feed it was seen.

  function create(document, leadId, timeZone) {
    // Kommo may draw the next card's feed late: as long as a message of another lead stands there, it is not ours.
    function entries() {
      const all = feed.read(document, { timeZone: timeZone(), now: Date.now() });
      if (all.some(({ node }) => leads.has(node) && leads.get(node) !== leadId)) { return []; }
      all.forEach(({ node }) => leads.set(node, leadId));
      return all;
    }

    const isCalm = () => document.defaultView.matchMedia('(prefers-reduced-motion: reduce)').matches;

    // Which of several messages with the same words this is, in the order of the chat.
    const nth = (message, words) => Object.values(words.messages)
      .filter((other) => ['author', 'text', 'at'].every((name) => other[name] === message[name]))
      .findIndex((other) => other.id === message.id);

    function unitsIn(entry, message, pointer) {
      const start = text.unitAt(message.text, pointer.start);
      const end = text.unitAt(message.text, pointer.end);
      return entry.kind === 'text' && start !== null && end !== null
        ? feed.placed({ start, end }, message.text, entry.text) : null;
    }

    function locate(pointer, { words }) {
      const key = states.pointerKey(pointer);
      const not = (why) => ({ key, found: false, why });
      if (words.gone.includes(pointer.message)) { return not('gone'); }
      if (words.changed.includes(key)) { return not('changed'); }
      const message = words.messages[pointer.message];
      if (!message) { return not('not_rendered'); }
      const { entry, why } = feed.pick(entries(), message, nth(message, words));
      if (!entry) { return not(why); }
      feed.show(entry, unitsIn(entry, message, pointer), isCalm());
      return { key, found: true, why: null };
    }

    return { messages: () => feed.asMessages(entries()), locate, unmark: feed.unmark, left: entries };
  }

  return { create };
});
