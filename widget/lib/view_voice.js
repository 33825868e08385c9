/* Voice messages and call recordings: how many minutes are left, the list, and all of them at once. */
define([
  './view_dom.js', './view_parts.js', './view_top.js', './view_voice_row.js', './voice.js',
], function (dom, parts, top, rows, voices) {
  'use strict';

  const h = dom.h;
  const NEWEST = 5; // A long list would push the rest of the card out of sight.
  const ROW = 'voice:';
  const BUTTON = 'transcribe:';

  const minutes = (seconds) => Math.ceil(seconds / 6) / 10; // 14 s are 0.3 of 30 minutes, and never 0.

  function meter(ctx, state) {
    const voice = state.voice;
    const usage = voice && voice.items.length ? voice.usage : null;
    if (!usage) { return null; }
    const { left, limit, notice, renews_at: renewsAt } = usage;
    const used = limit - Math.max(0, left);
    return {
      name: 'voice-meter',
      of: [left, limit, notice, renewsAt, Boolean(state.user && state.user.isAdmin)],
      draw: () => {
        const date = ctx.format.day(renewsAt);
        const text = ctx.t('voice.used', { used: minutes(used), limit: minutes(limit) });
        const isGone = left <= 0;
        return h('div.allowance', null, parts.small(text),
          (notice || isGone) && h('div.bar', { role: 'img', 'aria-label': text }, top.bar(limit ? used / limit : 1)),
          isGone && h('p', null, ctx.t(limit ? 'voice.used_up' : 'voice.none', { limit: minutes(limit), date })),
          isGone && top.more(ctx, state, 'voice-mail'),
          notice && !isGone && parts.small(ctx.t('voice.nearly', { time: ctx.format.length(left), date })));
      },
    };
  }

  function section(ctx, state) {
    const voice = state.voice;
    if (!voice || !voice.items.length) { return null; }
    const total = voice.items.length;
    const isOpen = Boolean(state.opened['voice:more']);
    return {
      name: 'voice',
      of: [total],
      draw: () => h('section', null,
        h('h4.heading', { tabindex: '-1', key: 'voice-heading' }, ctx.t('voice.heading', { n: total })),
        h('ul.recordings', { id: ctx.id('recordings') }), h('div.all')),
      update: (node) => {
        const [, list, below] = node.children;
        const shown = isOpen ? voice.items : voice.items.slice(0, NEWEST);
        dom.list(list, shown.map((item) => rows.row(ctx, voice, item)));
        dom.list(below, [more(ctx, total, isOpen), ...all(ctx, voice), where(ctx, voice)]);
      },
    };
  }

  function more(ctx, total, isOpen) {
    return total > NEWEST && {
      name: 'more',
      of: [isOpen, total],
      draw: () => h('div', null, parts.link('voice-more', ctx.t(isOpen ? 'voice.fewer' : 'voice.more', { n: total }),
        () => ctx.actions.toggle('voice:more'),
        { 'aria-expanded': String(isOpen), 'aria-controls': ctx.id('recordings') })),
    };
  }

  function where(ctx, voice) {
    return voice.items.some((item) => voices.isUndone(voice, item)) && {
      name: 'where',
      draw: () => parts.small(ctx.t('voice.where')),
    };
  }

  /* All at once: what it takes is said before anything is sent. */
  function all(ctx, voice) {
    const now = voice.all;
    const state = now ? now.state : null;
    const count = voice.items.filter((item) => voices.isUndone(voice, item)).length;
    const isOffered = !(voice.usage && voice.usage.left <= 0) && (count > 1 || state === 'measuring')
      && [null, 'measuring', 'failed', 'over'].includes(state);
    return [
      state === 'failed' && rows.notice(ctx, 'voice-all-failed', {
        code: now.problem.code, requestId: now.problem.requestId, retryAt: now.problem.retryAt, charged: now.problem.charged,
      }, voice, 'all'),
      ['running', 'over'].includes(state) && batch(ctx, voice),
      isOffered && {
        name: 'offer',
        of: [state === 'measuring', count],
        draw: () => h('div.row', null,
          parts.link('voice-all', ctx.t(state === 'measuring' ? 'voice.all.measuring' : 'voice.all.button', { n: count }),
            ctx.actions.measureAll, { 'aria-disabled': state === 'measuring' ? 'true' : null }),
          state === 'measuring' && parts.link('voice-cancel', ctx.t('voice.all.cancel'), ctx.actions.dropAll)),
      },
      state === 'confirm' && confirm(ctx, voice),
    ];
  }

  function confirm(ctx, voice) {
    const sum = voices.sumOf(voice.all.estimate);
    const { isPossible } = sum;
    const id = ctx.id('voice-sum');
    return {
      name: 'confirm',
      of: sum,
      draw: () => {
        const stop = (event) => {
          if (event.key !== 'Escape') { return; }
          event.stopPropagation(); // Kommo would close its card.
          ctx.actions.dropAll();
        };
        const go = () => { if (isPossible) { ctx.actions.transcribeAll(); } };
        return h('div.calm', { role: 'group', 'aria-labelledby': id, on: { keydown: stop } },
          h('p', { id }, sentences(ctx, sum).join(' ')),
          sum.reasons.map(([code, n]) => parts.small(ctx.t('voice.all.unmeasured',
            { n, reason: rows.reason(ctx, code) }))),
          h('div.row.actions', null,
            parts.primary('voice-go', ctx.t('voice.transcribe'), go,
              { 'aria-disabled': isPossible ? null : 'true', 'aria-describedby': id }),
            parts.link('voice-cancel', ctx.t('voice.all.cancel'), ctx.actions.dropAll)));
      },
    };
  }

  function sentences(ctx, { count, seconds, late, left, isTooMuch }) {
    if (!count && !late) { return [ctx.t('voice.all.nothing')]; }
    return [
      count > 0 && ctx.t('voice.all.sum', { n: count, time: ctx.format.length(seconds) }),
      late > 0 && ctx.t('voice.all.late', { n: late }),
      left !== null && ctx.t('voice.all.left', { time: ctx.format.length(left) }),
      isTooMuch && ctx.t('voice.all.too_much'),
    ].filter(Boolean);
  }

  /* While it goes on: how many are over. At the end: what came of them. */
  function batch(ctx, voice) {
    const text = batchText(ctx, voice);
    return text && { name: 'batch', of: text, draw: () => parts.small(text) };
  }

  function batchText(ctx, voice) {
    const { n, over, text, silent, failed } = voices.progressOf(voice);
    if (over < n || voice.all.state === 'running') {
      return n ? ctx.t('voice.all.progress', { over, n }) : ctx.t('voice.step.checking');
    }
    return [
      text && ctx.t('voice.all.texts', { n: text }), silent && ctx.t('voice.all.silent', { n: silent }),
      failed && ctx.t('voice.all.failed', { n: failed }),
    ].filter(Boolean).join(' ');
  }

  /* What a screen reader is told: of many only how far they are, of one each step. */
  function news(ctx, before, now) {
    if (!before || !now || before === now) { return ''; }
    const isBatch = (voice) => Boolean(voice.all) && ['running', 'over'].includes(voice.all.state);
    if (isBatch(now)) {
      const said = batchText(ctx, now);
      return isBatch(before) && said === batchText(ctx, before) ? '' : said;
    }
    const changed = now.items.map((item) => {
      const known = voices.find(before, voices.keyOf(item));
      const said = rows.said(ctx, now, item);
      return known && said && said !== rows.said(ctx, before, known) ? said : '';
    });
    return changed.find(Boolean) || '';
  }

  /* The offer becomes the question, and the question the offer again or the list; a button that became progress, its row. */
  const FOLLOWS = {
    'voice-all': ['voice-go', 'voice-heading'], 'voice-cancel': ['voice-all'], 'voice-go': ['voice-all', 'voice-heading'],
  };
  const follows = (key) => FOLLOWS[key] || (key && key.startsWith(BUTTON) ? [ROW + key.slice(BUTTON.length)] : []);

  return { meter, section, news, follows };
});
