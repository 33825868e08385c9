/* The score with its band, its way since the last time and what it means; and the criteria that it is made of. */
define(['./view_dom.js', './view_parts.js', './view_words.js'], function (dom, parts, words) {
  'use strict';

  const { h, svg } = dom;
  const ARC = 'M8 54a40 40 0 0 1 80 0'; // Half a circle of radius 40 in a box of 96 × 60.
  const CRITERIA = ['need', 'budget', 'authority', 'timeline', 'engagement', 'commitment'];
  const MEANING = ['levels', 'weights', 'verified', 'unknown', 'bands', 'sum'];
  const KNOWN_ENOUGH = 0.4; // Below this share there is no score: docs/scoring.md.

  function score(ctx, state) {
    const result = state.result;
    const open = Boolean(state.opened.meaning);
    return {
      name: 'score',
      of: [result.score, result.temperature, result.known_share, result.change, open],
      draw: () => {
        const meaning = parts.disclosure(ctx, state, 'meaning', ctx.t('score.meaning'),
          () => h('ul.plain', null, MEANING.map((name) => h('li', null, ctx.t('score.meaning_of.' + name)))));
        return h('section', null,
          result.score === null || result.score === undefined
            ? tooLittle(ctx, result, meaning.button) : scored(ctx, result, meaning.button),
          meaning.body);
      },
    };
  }

  function tooLittle(ctx, result, meaning) {
    const format = ctx.format;
    return h('div.calm', null, h('p.strong', null, ctx.t('score.too_little')),
      h('p.small.soft', null, ctx.t('score.too_little_text',
        { share: format.percent(result.known_share), needed: format.percent(KNOWN_ENOUGH) }), ' ', meaning));
  }

  function scored(ctx, result, meaning) {
    const band = ctx.t('score.' + result.temperature);
    return h('div.score', null, gauge(ctx, result, band),
      h('div.beside', null,
        h('p.row', null, h('span.band.' + result.temperature, null, band), trend(ctx, result.change)),
        h('p.small.soft', null, ctx.t('score.reading'), ' ', meaning)));
  }

  function gauge(ctx, result, band) {
    const label = ctx.t('score.label', { score: result.score, band: band.toLocaleLowerCase(ctx.format.lang) });
    return svg('svg.gauge', { viewBox: '0 0 96 60', width: '96', height: '60', role: 'img', 'aria-label': label },
      svg('path.track', { d: ARC }),
      result.score > 0 && svg('path.arc.' + result.temperature,
        { d: ARC, pathLength: '100', 'stroke-dasharray': result.score + ' 200' }),
      svg('text.number', { x: '48', y: '52', 'text-anchor': 'middle' }, result.score));
  }

  /* Up, down or the same: by its sign and its words, never by colour alone. */
  function trend(ctx, change) {
    if (!change || typeof change.score !== 'number') { return null; }
    const date = ctx.format.day(change.since);
    if (change.score === 0) { return h('span.small.soft', null, '= ', ctx.t('score.same', { date })); }
    const up = change.score > 0;
    const points = Math.abs(change.score);
    return h('span.small.' + (up ? 'up' : 'down'), null,
      h('span', { 'aria-hidden': 'true' }, (up ? '▲ ' : '▼ ') + ctx.format.number(points)),
      parts.hidden(ctx.t(up ? 'score.up' : 'score.down', { n: points })), ' ' + ctx.t('score.since', { date }));
  }

  function criteria(ctx, state) {
    const rated = state.result.criteria || {};
    const names = CRITERIA.filter((name) => rated[name])
      .concat(Object.keys(rated).filter((name) => !CRITERIA.includes(name)));
    return names.length === 0 ? null : {
      name: 'criteria',
      of: names,
      draw: () => h('section', null, parts.heading(ctx.t('criteria.heading')), h('div.rows')),
      update: (node) => dom.list(node.lastChild, names.map((name) => row(ctx, state, name, rated[name]))),
    };
  }

  function row(ctx, state, name, rating) {
    const key = 'evidence:' + name;
    const open = Boolean(state.opened[key]);
    const pointers = rating.evidence || [];
    const changed = ((state.result.change || {}).criteria || {})[name];
    const found = open ? pointers.map((pointer) => words.find(state, pointer)) : null;
    return {
      name: key,
      of: [rating, open, found, changed],
      draw: () => {
        const known = rating.level !== null; // "Not said" has nothing to unfold.
        const label = ctx.has('criteria.' + name) ? ctx.t('criteria.' + name) : name;
        const cells = [
          h('span.name', null, label, changed && before(ctx, changed, rating.level)),
          known ? dots(ctx, rating.level) : h('span.small.soft', null, ctx.t('criteria.not_said')),
          known ? mark(ctx, rating.verified) : h('span'),
        ];
        const id = ctx.id(key);
        return h('div.criterion', null,
          known ? h('button.cells', { type: 'button', key, 'aria-expanded': String(open),
            'aria-controls': open ? id : null, on: { click: () => ctx.actions.toggle(key) } }, cells)
            : h('div.cells', null, cells),
          open && known && h('div.evidence', { id },
            !rating.verified && h('p.small.soft', null, ctx.t('criteria.unverified_text')),
            pointers.map((pointer, n) => words.block(ctx, found[n], pointer))));
      },
    };
  }

  function dots(ctx, level) {
    return h('span', null,
      h('span.dots', { 'aria-hidden': 'true' }, [1, 2, 3].map((n) => h('span.dot' + (n <= level ? '.on' : '')))),
      parts.hidden(', ' + ctx.t('criteria.level', { level }) + ', '));
  }

  function mark(ctx, verified) {
    return verified
      ? h('span.small.good', null, h('span', { 'aria-hidden': 'true' }, '✓ '), ctx.t('criteria.verified'))
      : h('span.small.soft', null, ctx.t('criteria.unverified'));
  }

  function before(ctx, changed, level) {
    const was = changed.from === null ? ctx.t('criteria.was_not_said') : ctx.t('criteria.was', { level: changed.from });
    const up = changed.from === null || level !== null && level > changed.from;
    return h('span.was', { title: was },
      h('span', { 'aria-hidden': 'true' }, up ? ' ▲' : ' ▼'), parts.hidden(', ' + was));
  }

  return { score, criteria };
});
