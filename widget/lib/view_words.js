/* The client's own words behind a pointer, as they stand in the messages at hand, and the way to them in the chat. */
define(['./view_dom.js', './view_parts.js', './state.js', './text.js'], function (dom, parts, states, text) {
  'use strict';

  const h = dom.h;
  const COMMON = ['none', 'loading', 'failed', 'pasted']; // True of all words of a result, not of one.
  const AROUND = 40; // Characters of a message before and after the quoted words: enough to see what they answer.

  /* What can be said of a pointer now, as plain data: {state, key, …}; 'ready': before, said, after, author, at. */
  function find(state, pointer) {
    const key = states.pointerKey(pointer);
    const words = state.words;
    const located = state.located && state.located.key === key ? state.located : null;
    const base = { key, located, at: pointer.at, pasted: state.result.source === 'pasted' };
    if (words.gone.includes(pointer.message)) { return { ...base, state: 'gone' }; }
    if (words.changed.includes(key)) { return { ...base, state: 'changed' }; }
    const message = words.messages[pointer.message];
    if (message) { return { ...base, ...quoted(message, pointer) }; }
    if (words.state === 'ready') { return { ...base, state: 'gone' }; }
    const isAway = base.pasted && !state.paste && words.state !== 'loading';
    return { ...base, state: isAway ? 'pasted' : words.state };
  }

  function quoted(message, pointer) {
    const start = text.unitAt(message.text, pointer.start);
    const end = text.unitAt(message.text, pointer.end);
    if (start === null || end === null) { return { state: 'changed' }; } // The message is shorter than it was.
    return {
      state: 'ready',
      before: lastOf(message.text.slice(0, start)),
      said: message.text.slice(start, end),
      after: firstOf(message.text.slice(end)),
      author: message.author_name,
      at: message.at || pointer.at,
    };
  }

  /* Cut between two words. One character more is looked at: a word may begin just there. Without spaces: anywhere. */
  function lastOf(said) {
    const points = Array.from(said);
    if (points.length <= AROUND) { return said; }
    const kept = points.slice(-AROUND - 1).join('');
    const space = kept.search(/\s/);
    return '…' + (space < 0 ? points.slice(-AROUND).join('') : kept.slice(space + 1));
  }

  function firstOf(said) {
    const points = Array.from(said);
    if (points.length <= AROUND) { return said; }
    const words = /^[^]*(?=\s)/.exec(points.slice(0, AROUND + 1).join(''));
    return (words ? words[0] : points.slice(0, AROUND).join('')) + '…';
  }

  /* The whole block: the words with a little of what stands around them, who said it and when, the way to them. */
  function block(ctx, found, pointer) {
    return h('div.quote', null,
      sentence(ctx, found)
        || h('p', { dir: 'auto' }, '“', found.before, h('mark.mark', null, found.said), found.after, '”'),
      h('p.soft', null, show(ctx, found, pointer, 'words.show'), canShow(found) && ' · ', byWhom(ctx, found)),
      place(ctx, found));
  }

  /* One line of a list: the words alone. What there is to say of all its words that are not at hand is said once. */
  function line(ctx, found, pointer) {
    const isCommon = COMMON.includes(found.state);
    return h('li', null,
      found.state === 'ready' ? h('span', { dir: 'auto' }, '“', found.said.trim(), '” ')
        : [!isCommon && [ctx.t('words.' + found.state), ' '], h('span.soft', null, byWhom(ctx, found)), ' '],
      show(ctx, found, pointer, 'words.show_short'), place(ctx, found));
  }

  function common(ctx, all) {
    const found = all.find((one) => COMMON.includes(one.state));
    return found ? sentence(ctx, found) : null;
  }

  /* Why there are no words, where there are none, and how to get them. */
  function sentence(ctx, found) {
    if (found.state === 'ready') { return null; }
    const key = 'words:' + found.key;
    const way = {
      none: () => parts.link(key, ctx.t('words.load'), ctx.actions.loadWords),
      failed: () => [ctx.t('words.failed'), ' ', parts.link(key, ctx.t('try_again'), ctx.actions.loadWords)],
      pasted: () => [ctx.t('words.pasted'), ' ', parts.link(key, ctx.t('words.paste'), ctx.actions.openPaste)],
    }[found.state];
    return h('p', null, way ? way() : ctx.t('words.' + found.state));
  }

  function byWhom(ctx, found) {
    return [h('bdi', null, found.author || ctx.t('words.client')), found.at && ', ' + ctx.format.moment(found.at)];
  }

  /* A pasted text is nowhere in Kommo's feed; a message that is gone neither. */
  function canShow(found) {
    return !found.pasted && found.state !== 'gone';
  }

  function show(ctx, found, pointer, label) {
    return canShow(found) && parts.link('show:' + found.key, ctx.t(label), () => ctx.actions.show(pointer));
  }

  function place(ctx, found) {
    const why = found.located && !found.located.found && found.located.why;
    return why && why !== found.state ? h('p.soft', null, ctx.t('words.' + why)) : null;
  }

  return { find, block, line, common };
});
