/* The panel's head (name and what is left of the month), the facts, and how far the month's allowance goes. */
define(['./view_dom.js', './view_parts.js'], function (dom, parts) {
  'use strict';

  const h = dom.h;
  const SUPPORT = 'support@convailens.com';

  function head(ctx, state) {
    const usage = state.phase === 'ready' ? state.usage : null;
    const left = usage && { left: usage.left, limit: usage.limit };
    return {
      name: 'head',
      of: left,
      draw: () => h('div.head', null,
        h('h3.title', { tabindex: '-1', key: 'title' }, ctx.t('title')),
        left && h('span.small.soft', null,
          h('span', { 'aria-hidden': 'true' }, ctx.t('usage.left', left)),
          parts.hidden(ctx.t('usage.left_long', left)))),
    };
  }

  /* Nearly or wholly used up: when it renews, what still works, and who can do something about it. */
  function allowance(ctx, state) {
    const usage = usageOf(state);
    if (!usage || !(usage.notice || usage.left <= 0)) { return null; }
    const gone = usage.left <= 0;
    const isAdmin = Boolean(state.user && state.user.isAdmin);
    return {
      name: 'allowance',
      of: [usage.left, usage.limit, usage.renews_at, isAdmin],
      draw: () => {
        const date = ctx.format.day(usage.renews_at);
        const used = usage.limit - Math.max(0, usage.left);
        return h('div.allowance', null,
          h('div.bar', { role: 'img', 'aria-label': ctx.t('usage.meter', { used, limit: usage.limit }) },
            bar(usage.limit ? used / usage.limit : 1)),
          gone && h('p', null, ctx.t('usage.used_up', { limit: usage.limit, date })),
          gone && parts.small(ctx.t('usage.stays')),
          gone && more(ctx, state, 'mail'),
          !gone && parts.small(ctx.t('usage.nearly', { n: usage.left, date })));
      },
    };
  }

  /* Who can do something about it. */
  function more(ctx, state, key) {
    return state.user && state.user.isAdmin ? h('p.small.soft', null, parts.around(ctx, 'usage.admin', 'email',
      h('a.link', { href: 'mailto:' + SUPPORT, key }, SUPPORT))) : parts.small(ctx.t('usage.rep'));
  }

  /* A refusal for want of allowance brings newer figures than the card's opening did. */
  function usageOf(state) {
    const refused = state.problem && state.problem.code === 'quota_used_up' && state.problem.extra;
    return (refused && refused.usage) || state.usage;
  }

  function isUsedUp(state) {
    const usage = usageOf(state);
    return Boolean(usage && usage.left <= 0) || Boolean(state.problem && state.problem.code === 'quota_used_up');
  }

  function bar(share) {
    const filled = h('span.filled');
    filled.style.width = Math.round(share * 100) + '%';
    return filled;
  }

  function facts(ctx, state) {
    const known = state.facts;
    if (!known || !known.messages || !known.messages.total) { return null; }
    return {
      name: 'facts',
      of: known,
      draw: () => h('section', null, parts.heading(ctx.t('facts.heading')),
        h('ul.facts', null, chips(ctx, known).map(([text, warn]) => h('li.fact' + (warn ? '.warn' : ''), null, text)))),
    };
  }

  function chips(ctx, known) {
    const list = [];
    const byClient = known.last_author === 'client';
    if (['client', 'agent', 'bot'].includes(known.last_author)) {
      list.push([joined(ctx.t('facts.last_' + known.last_author), ctx.format.ago(known.silence_s)), byClient]);
    }
    if (known.client_questions > 0) {
      list.push([ctx.t('facts.questions', { n: known.client_questions })]);
    }
    // Nights and weekends do not count, so a median of nothing tells nothing.
    if (known.replies && known.replies.median_s > 0) {
      list.push([ctx.t('facts.answers', { time: ctx.format.duration(known.replies.median_s) })]);
    }
    list.push([joined(ctx.t('facts.messages', { n: known.messages.total }),
      (known.languages || []).map(ctx.format.language).join(', '))]);
    if (known.voice_without_transcript > 0) {
      list.push([ctx.t('facts.voice', { n: known.voice_without_transcript })]);
    }
    return list;
  }

  function joined(...texts) {
    return texts.filter(Boolean).join(' · ');
  }

  return { head, allowance, isUsedUp, facts, bar, more };
});
