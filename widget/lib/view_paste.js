/* The paste box: a text, who is who in it, a look at what was understood, the click. */
define([
  './view_dom.js', './view_parts.js', './view_problem.js', './view_top.js',
], function (dom, parts, problems, top) {
  'use strict';

  const h = dom.h;
  const MOST_BYTES = 4000000; // As much as the service takes in one request.
  const THIRD_OF_APRIL = '2026-04-03';
  const FOURTH_OF_MARCH = '2026-03-04';

  function paste(ctx, state) {
    const box = state.paste;
    if (!box || box.used) { return null; }
    return {
      name: 'paste',
      of: true, // Made once: its text area keeps its caret, its undo steps and its scroll.
      draw: () => h('section.paste', { 'aria-labelledby': ctx.id('paste') },
        h('div.row', null, h('h4.heading.grow', { id: ctx.id('paste') }, ctx.t('paste.heading')),
          parts.link('close-paste', ctx.t('paste.close'), ctx.actions.closePaste)),
        area(ctx),
        h('p.small.soft', { id: ctx.id('hint') }, ctx.t('paste.hint')),
        h('div.more')),
      update: (node) => {
        const text = node.querySelector('textarea');
        if (text.value !== box.text) { text.value = box.text; }
        text.readOnly = Boolean(box.busy);
        dom.list(node.lastChild, [
          file(ctx), trouble(ctx, state), who(ctx, box), order(ctx, box), preview(ctx, box), go(ctx, state, box),
        ]);
      },
    };
  }

  function area(ctx) {
    return h('textarea.text', {
      key: 'paste-text', rows: '6', 'aria-labelledby': ctx.id('paste'), dir: 'auto', spellcheck: 'false',
      autocomplete: 'off', 'aria-describedby': ctx.id('hint'),
      on: { input: (event) => ctx.actions.setPaste({ text: event.target.value }) },
    });
  }

  function file(ctx) {
    return {
      name: 'file',
      draw: () => {
        const status = h('p.small', { role: 'alert' });
        const chooser = h('input.hidden',
          { type: 'file', accept: '.txt,text/plain', tabindex: '-1', 'aria-hidden': 'true' });
        chooser.addEventListener('change', () => {
          read(chooser.files[0], (text) => {
            status.textContent = text === null ? ctx.t('paste.unreadable_file') : '';
            if (text !== null) { ctx.actions.setPaste({ text }); }
          });
          chooser.value = ''; // The same file may be chosen again after it was changed.
        });
        return h('div.file', null, parts.link('file', ctx.t('paste.file'), () => chooser.click()), chooser, status);
      },
    };
  }

  function read(chosen, done) {
    if (!chosen) { return; }
    if (chosen.size > MOST_BYTES) { done(null); return; }
    const reader = new FileReader();
    reader.onload = () => done(reader.result.includes('\u0000') ? null : reader.result);
    reader.onerror = () => done(null);
    reader.readAsText(chosen);
  }

  function trouble(ctx, state) {
    const told = state.paste.problem || (state.problem && state.problem.during === 'paste' ? state.problem : null);
    if (!told) { return null; }
    const shown = problems.problem(ctx, { ...state, problem: { during: 'paste', ...told } });
    return shown && { ...shown, name: 'trouble' };
  }

  function who(ctx, box) {
    return box.participants.length ? {
      name: 'who',
      of: [box.participants, box.me],
      draw: () => choice(ctx, 'me', ctx.t('paste.who'), box.me,
        box.participants.map((name) => [name, h('bdi', null, name)]), (me) => ctx.actions.setPaste({ me })),
    } : null;
  }

  /* Only where the dates leave it open. */
  function order(ctx, box) {
    const unclear = (box.readings || []).length > 1 || (box.problem || {}).code === 'date_order_unclear';
    const dates = { dmy: THIRD_OF_APRIL, mdy: FOURTH_OF_MARCH };
    return unclear ? {
      name: 'order',
      of: box.dateOrder,
      draw: () => choice(ctx, 'order', ctx.t('paste.order'), box.dateOrder,
        Object.keys(dates).map((name) => [name, ctx.t('paste.' + name, { date: dayOf(ctx, dates[name]) })]),
        (dateOrder) => ctx.actions.setPaste({ dateOrder })),
    } : null;
  }

  function dayOf(ctx, date) {
    return new Intl.DateTimeFormat(ctx.format.lang, { timeZone: 'UTC', day: 'numeric', month: 'long' })
      .format(new Date(date + 'T12:00:00Z'));
  }

  function choice(ctx, name, legend, chosen, options, choose) {
    return h('fieldset.choice', null, h('legend.label', null, legend),
      options.map(([value, label], n) => h('label.option', null,
        h('input.radio', { type: 'radio', name: ctx.id(name), value, key: name + ':' + n, checked: value === chosen,
          on: { change: () => choose(value) } }), ' ', label)));
  }

  function preview(ctx, box) {
    return box.count > 0 ? {
      name: 'preview',
      of: [box.preview, box.count, box.skipped, box.me],
      draw: () => {
        const half = Math.ceil(box.preview.length / 2);
        const between = box.count - box.preview.length;
        const rows = box.preview.map((message) => said(ctx, message));
        if (between > 0) { rows.splice(half, 0, h('li.soft', null, '… ' + ctx.t('paste.between', { n: between }))); }
        return h('div.preview', null, h('p.strong.small', null, ctx.t('paste.found', { n: box.count })),
          h('ol.plain', null, rows),
          box.skipped > 0 && parts.small(ctx.t('paste.skipped', { n: box.skipped })));
      },
    } : null;
  }

  function said(ctx, message) {
    const name = message.author === 'agent' ? ctx.t('paste.you') : message.author_name || ctx.t('words.client');
    return h('li', null, h('bdi.strong', null, name), ' ',
      message.at && h('span.soft', null, ctx.format.moment(message.at)), h('br'),
      h('span', { dir: 'auto' }, message.transcript || message.text));
  }

  function go(ctx, state, box) {
    const usedUp = top.isUsedUp(state);
    const ready = box.count > 0 && !box.problem;
    const left = state.usage && state.usage.left;
    // Not `disabled`: that would throw the focus out of the box while a check runs. A second click does nothing.
    const waiting = { 'aria-disabled': box.busy ? 'true' : null };
    return {
      name: 'go',
      of: [box.busy, ready, box.count, usedUp, left],
      draw: () => h('div.go', null,
        ready && !usedUp
          && parts.primary('analyse-paste', ctx.t('analyse.button'), ctx.actions.analysePaste, waiting),
        ready && !usedUp && parts.small(ctx.t('analyse.pasted', { n: box.count }) + ' '
          + (left ? ctx.t('analyse.uses', { left }) : '')),
        parts.ghost('check', ctx.t(box.busy ? 'paste.checking' : 'paste.check'), ctx.actions.previewPaste,
          waiting),
        !ready && parts.small(ctx.t('paste.kept'))),
    };
  }

  return { paste };
});
