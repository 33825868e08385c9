/* The card before it can be read: opening, not saved, not connected, no right, too old, offline. */
define(['./view_dom.js', './view_parts.js', './view_problem.js'], function (dom, parts, problems) {
  'use strict';

  const h = dom.h;

  function phase(ctx, state) {
    const isAdmin = state.user ? state.user.isAdmin : null;
    const draw = {
      opening: () => h('div', { 'aria-busy': 'true' }, parts.hidden(ctx.t('opening')), skeleton([40, 70, 55, 100])),
      unsaved: () => h('p.lead', null, ctx.t('unsaved')),
      not_connected: () => connecting(ctx, state, 'not_connected', isAdmin),
      reconnect: () => connecting(ctx, state, 'reconnect', isAdmin),
      no_access: () => h('div', null, h('p.lead', null, ctx.t('no_access')), parts.requestId(ctx, state)),
      too_old: () => h('div', null, h('p.lead', null, ctx.t('too_old')),
        parts.primary('reload', ctx.t('reload'), ctx.actions.reload), parts.requestId(ctx, state)),
      offline: () => h('div', null, h('p.lead', { role: 'alert' }, ctx.t('offline')),
        parts.ghost('retry', ctx.t('try_again'), ctx.actions.retry)),
    }[state.phase];
    // open_failed is drawn as the problem it is.
    if (!draw) { return problems.problem(ctx, state); }
    const id = state.problem && state.problem.requestId;
    return { name: 'phase', of: [state.phase, isAdmin, state.connectUrl, id, state.idCopied], draw };
  }

  /* Nobody known (no session yet): the way for an administrator and the advice for everybody else. */
  function connecting(ctx, state, name, isAdmin) {
    return h('div', null,
      h('p.lead', null, ctx.t(name + '.text')),
      isAdmin !== false && parts.outward(ctx, '.btn', 'connect', ctx.t(name + '.button'), state.connectUrl),
      isAdmin !== true && h(isAdmin === false ? 'p' : 'p.small.soft.below', null, ctx.t(name + '.rep')),
      parts.requestId(ctx, state));
  }

  /* Grey bars in the place of text to come, by their widths in percent. */
  function skeleton(widths) {
    return h('div.skeleton', { 'aria-hidden': 'true' }, widths.map((width) => {
      const bar = h('span.bone');
      bar.style.width = width + '%';
      return bar;
    }));
  }

  return { phase, skeleton };
});
