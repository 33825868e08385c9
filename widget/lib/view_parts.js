/* Small things that several parts of the panel are made of: buttons, headings, disclosures, dots, countdowns. */
define(['./view_dom.js'], function (dom) {
  'use strict';

  const h = dom.h;
  let opening = 0; // Ids have to differ between two openings that stand in the page at once.

  /*
   * What drawing needs: the state, the actions, the words. `t('facts.questions', {n: 2})` is the text at that path, in
   * the plural form for n, with its placeholders filled.
   */
  function context(options) {
    const prefix = 'convailens-' + (opening += 1) + '-';
    const format = options.format;

    function t(path, values) {
      const entry = path.split('.').reduce((table, key) => table && table[key], options.i18n);
      const text = entry && typeof entry === 'object'
        ? format.plural(entry, values.n, values) : format.fill(entry, values);
      return text.replace(/\.\.(?=\s|$)/g, '.'); // A date such as "1 de dez." at the end of a sentence.
    }

    return {
      t,
      format,
      actions: options.actions,
      has: (path) => path.split('.').reduce((table, key) => table && table[key], options.i18n) !== undefined,
      id: (name) => prefix + name.replace(/[^\w-]/g, '_'),
    };
  }

  function button(kind, key, label, act, props) {
    return h('button' + kind, { type: 'button', key, on: { click: () => act() }, ...props }, label);
  }

  const primary = (key, label, act, props) => button('.btn', key, label, act, props);
  const ghost = (key, label, act, props) => button('.btn.ghost', key, label, act, props);
  const link = (key, label, act, props) => button('.link', key, label, act, props);

  function outward(ctx, kind, key, label, address) {
    return h('a' + kind, { href: address, target: '_blank', rel: 'noopener', key },
      label, hidden(' (' + ctx.t('new_window') + ')'));
  }

  const heading = (text, ...more) => h('h4.heading', null, text, more);
  const hidden = (text) => h('span.hidden', null, text);
  const small = (...text) => h('p.small.soft', null, text);

  /* A button that shows and hides what `body()` makes; open or not is the state's to know. */
  function disclosure(ctx, state, name, label, body) {
    const open = Boolean(state.opened[name]);
    const id = ctx.id(name);
    return {
      button: link('toggle:' + name, label, () => ctx.actions.toggle(name),
        { 'aria-expanded': String(open), 'aria-controls': open ? id : null }),
      body: open ? h('div.disclosed', { id }, body()) : null,
    };
  }

  /* "0:24", counted down by the view until `at` (ms). Not a live region: nobody wants to hear each second. */
  function countdown(ctx, at) {
    return h('span.clock', { 'data-convailens-at': String(at) }, ctx.format.countdown(at - Date.now()));
  }

  /* A sentence with a node where a placeholder stands: `t` has to hold {time} once. */
  function around(ctx, path, name, node) {
    const mark = '\u0000';
    const [before, after] = ctx.t(path, { [name]: mark }).split(mark);
    return [before, node, after];
  }

  /* The request id that support can find, with a button that copies it. */
  function requestId(ctx, state) {
    const id = state.problem && state.problem.requestId;
    return id ? idOf(ctx, 'copy-id', id, state.idCopied, () => ctx.actions.copyRequestId(id)) : null;
  }

  function idOf(ctx, key, id, isCopied, act) {
    return h('p.small.soft.request', null, ctx.t('problem.request_id') + ': ', h('code.code', null, id), ' ',
      link(key, ctx.t(isCopied ? 'copied' : 'copy'), act, { 'aria-label': isCopied ? null : ctx.t('problem.copy_id') }));
  }

  return {
    context, primary, ghost, link, outward, heading, hidden, small, disclosure, countdown, around, requestId, idOf,
  };
});
