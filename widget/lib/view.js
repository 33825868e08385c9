/*
 * Draws a state (lib/state.js) into `root`: create(root, {actions, i18n, format}) → {draw(state), destroy()}.
 *
 * The panel is a list of parts; each is made again only when what it shows has changed, so that focus, caret, selection
 * and scroll stay, and a screen reader hears only news. All text is set as text.
 */
define([
  './view_dom.js', './view_parts.js', './view_top.js', './view_phase.js', './view_problem.js', './view_analyse.js',
  './view_score.js', './view_rest.js', './view_paste.js', './view_news.js', './view_voice.js',
], function (dom, parts, top, phases, problems, asking, score, rest, pasting, news, voice) {
  'use strict';

  const TICK_MS = 1000;
  // Where focus goes when its control has done its work and is gone.
  const FOLLOWS = {
    'open-paste': 'paste-text', 'close-paste': 'open-paste', 'use-card': 'analyse', 'ask-reply': 'copy-reply',
  };
  const follows = (key) => (FOLLOWS[key] ? [FOLLOWS[key]] : voice.follows(key));

  function create(root, options) {
    const ctx = parts.context(options);
    const h = dom.h;
    const body = h('div.body');
    const live = h('div.hidden', { role: 'status', 'aria-live': 'polite' });
    const show = dom.parts(body);
    let last = null;
    let clock = null;

    root.classList.add('convailens-panel');
    root.append(body, live);

    function draw(state) {
      const before = last;
      last = state;
      root.setAttribute('lang', ctx.format.lang);
      const title = () => body.querySelector('.convailens-title');
      dom.keepingFocus(root, follows, title, () => show(partsOf(ctx, state)));
      // The same words again would not be heard as news: nothing is written unless something happened.
      const said = before && news.between(ctx, before, state);
      if (said) { live.textContent = said; }
      wind();
    }

    /* Runs only while a countdown stands in the panel. */
    function wind() {
      const counting = body.querySelector('.convailens-clock');
      if (counting && clock === null) { clock = setInterval(tick, TICK_MS); }
      if (!counting && clock !== null) { stop(); }
    }

    function tick() {
      const now = Date.now();
      let over = false;
      body.querySelectorAll('.convailens-clock').forEach((node) => {
        const left = Number(node.getAttribute('data-convailens-at')) - now;
        over = over || left <= 0;
        node.textContent = ctx.format.countdown(left);
      });
      if (over) { draw(last); }
    }

    function stop() {
      clearInterval(clock);
      clock = null;
    }

    return {
      draw,
      destroy: () => {
        stop();
        last = null;
        root.classList.remove('convailens-panel');
        root.removeAttribute('lang');
        root.replaceChildren();
      },
    };
  }

  function partsOf(ctx, state) {
    if (state.phase !== 'ready') { return [top.head(ctx, state), phases.phase(ctx, state)]; }
    const pasteOpen = Boolean(state.paste && !state.paste.used);
    const running = Boolean(state.run && state.run.state === 'running');
    const problem = state.problem && ['run', 'open'].includes(state.problem.during);
    return [
      top.head(ctx, state),
      top.allowance(ctx, state),
      voice.meter(ctx, state),
      top.facts(ctx, state),
      problem && problems.problem(ctx, state),
      problems.tooShort(ctx, state),
      pasting.paste(ctx, state),
      asking.analyse(ctx, state),
      asking.run(ctx, state),
      ...(state.result && !running && !pasteOpen ? resultOf(ctx, state) : [voice.section(ctx, state)]),
    ];
  }

  function resultOf(ctx, state) {
    const during = state.problem && state.problem.during;
    return [
      score.score(ctx, state),
      rest.notes(ctx, state),
      score.criteria(ctx, state),
      during === 'words' && problems.problem(ctx, state),
      rest.summary(ctx, state),
      rest.next(ctx, state),
      rest.questions(ctx, state),
      rest.objections(ctx, state),
      rest.reply(ctx, state),
      during === 'reply' && problems.problem(ctx, state),
      voice.section(ctx, state),
      rest.foot(ctx, state),
    ];
  }

  return { create };
});
