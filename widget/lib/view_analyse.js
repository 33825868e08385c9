/* The click: what it reads, what goes where, what it costs; and a reading under way. */
define([
  './view_dom.js', './view_parts.js', './view_phase.js', './view_top.js', './state.js',
], function (dom, parts, phases, top, states) {
  'use strict';

  const h = dom.h;
  const EXPECTED_S = 12; // What a reading takes, seldom more: the bar is nearly full by then and waits there.

  function analyse(ctx, state) {
    const usedUp = top.isUsedUp(state);
    const count = state.source === 'card' ? state.cardCount : state.messageCount;
    const failed = Boolean(state.problem && state.problem.during === 'run');
    // A failed click has its own "try again", Kommo without messages has other ways, a fresh result needs no second.
    if (state.run && state.run.state === 'running' || state.paste && !state.paste.used) { return null; }
    const asks = !usedUp && !failed && !isSettled(state) && !(state.needsText && state.source === 'auto');
    const ways = state.needsText && !usedUp && state.source === 'auto' && !state.result;
    const paste = !ways && !usedUp && !isSettled(state);
    const isEmpty = !state.result && count === 0 && !state.needsText;
    const newTexts = states.newTexts(state);
    const isOld = state.result && (state.newSince > 0 || newTexts > 0 || state.resultIs !== 'fresh');
    return ways || asks || paste || isEmpty || isOld ? {
      name: 'analyse',
      of: [ways, asks, paste, isEmpty, isOld, count, state.source, state.usage && state.usage.left, state.newSince, newTexts,
        state.cardCount, state.result && [state.result.created_at, state.result.output_language]],
      draw: () => h('div.ask', null,
        isOld && age(ctx, state),
        isEmpty && h('p.lead', null, ctx.t('empty')),
        ways && otherWays(ctx, state),
        asks && !isEmpty && click(ctx, state, count),
        paste && parts.link('open-paste', ctx.t('analyse.paste'), ctx.actions.openPaste)),
    } : null;
  }

  /* A result that nothing could be added to. */
  function isSettled(state) {
    return Boolean(state.result && state.resultIs !== 'stored' && !hasNews(state));
  }

  /* New messages, or recordings that have become text since. */
  function hasNews(state) {
    return state.newSince > 0 || states.newTexts(state) > 0;
  }

  /* A stored reading of a pasted text, beside a card whose own messages nobody has read: the two cannot be compared. */
  function isOfAnother(state) {
    return state.resultIs === 'stored' && state.result.source === 'pasted' && state.source !== 'pasted';
  }

  function age(ctx, state) {
    const date = ctx.format.day(state.result.created_at);
    if (isOfAnother(state)) { return h('p.newer', null, ctx.t('analyse.of_pasted', { date })); }
    if (state.newSince > 0) { return h('p.newer', null, ctx.t('analyse.newer', { n: state.newSince, date })); }
    const texts = states.newTexts(state);
    if (texts) { return h('p.newer', null, ctx.t('analyse.new_text', { n: texts, date })); }
    return parts.small(ctx.t('analyse.unchanged', { date }));
  }

  function click(ctx, state, count) {
    const again = Boolean(state.result);
    // In another language it would be another reading, and not a stored one.
    const isSame = again && !hasNews(state) && !isOfAnother(state);
    const unchanged = isSame && state.result.output_language === state.lang;
    const kind = isSame ? parts.ghost : parts.primary;
    const what = count ? ctx.t('analyse.' + state.source, { n: count }) : ctx.t('analyse.unknown');
    const cost = unchanged ? ctx.t('analyse.same_is_free')
      : state.usage ? ctx.t('analyse.uses', { left: state.usage.left }) : '';
    return [
      kind('analyse', ctx.t(again ? 'analyse.again' : 'analyse.button'), ctx.actions.analyse),
      parts.small(unchanged ? cost : [what, cost].filter(Boolean).join(' ')),
    ];
  }

  function otherWays(ctx, state) {
    return h('div.calm', null,
      h('p.strong', null, ctx.t('needs_text.title')), parts.small(ctx.t('needs_text.text')),
      h('div.row.actions', null,
        state.cardCount > 0
          && parts.ghost('use-card', ctx.t('needs_text.card', { n: state.cardCount }), ctx.actions.useCard),
        parts.ghost('open-paste', ctx.t('needs_text.paste'), ctx.actions.openPaste)));
  }

  /* The summary as it is written; greyed where the reading ended before it was whole. */
  function run(ctx, state) {
    const current = state.run;
    if (!current) { return null; }
    const failed = current.state === 'failed';
    if (failed && !current.summary) { return null; }
    return {
      name: 'run:' + current.state,
      of: [current.startedAt, current.count, current.charged],
      draw: () => (failed ? unfinished(ctx, current) : underWay(ctx, current)),
      update: (node) => write(node.querySelector('.convailens-written'), current.summary),
    };
  }

  function underWay(ctx, current) {
    const text = current.count ? ctx.t('run.reading', { n: current.count }) : ctx.t('run.reading_all');
    const bar = h('span.filled.growing');
    bar.style.animationDuration = EXPECTED_S + 's';
    bar.style.animationDelay = -Math.max(0, Date.now() - current.startedAt) / 1000 + 's'; // A redraw goes on, not anew.
    return h('div.running', null,
      h('section', { 'aria-busy': 'true' }, parts.heading(ctx.t('summary.heading')),
        h('p', { dir: 'auto' }, h('span.written', null, document.createTextNode('')),
          h('span.caret', { 'aria-hidden': 'true' }))),
      h('div.bar', { role: 'progressbar', 'aria-label': text }, bar),
      parts.small(text + ' ' + ctx.t('run.alone')),
      h('section', { 'aria-hidden': 'true' }, h('p.heading', null, ctx.t('criteria.heading')),
        phases.skeleton([100, 80, 88])));
  }

  function unfinished(ctx, { charged }) {
    return h('section.unfinished', null, parts.heading(ctx.t('summary.heading')),
      h('p.written', { dir: 'auto' }, document.createTextNode('')),
      h('p.small.strong', null, ctx.t(charged === null ? 'run.unfinished_unknown' : 'run.unfinished')));
  }

  /* Only what is new is appended, so that a selection in the text stays. */
  function write(node, summary) {
    const text = node.firstChild;
    if (summary.startsWith(text.data)) {
      text.appendData(summary.slice(text.data.length));
    } else {
      text.data = summary;
    }
  }

  return { analyse, run };
});
