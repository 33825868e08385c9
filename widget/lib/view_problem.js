/* What went wrong, what it cost (nothing), and what to do now. */
define(['./view_dom.js', './view_parts.js'], function (dom, parts) {
  'use strict';

  const h = dom.h;
  // Several codes that mean one thing to a rep.
  const SAME = {
    not_authenticated: 'session', session_unknown: 'session', session_ended: 'session', session_expired: 'session',
    token_replayed: 'session', token_missing: 'session', reconnect_needed: 'disconnected', user_inactive: 'not_found',
    conversation_empty: 'messages_unavailable', too_many_messages: 'too_long', too_many_characters: 'too_long',
    payload_too_large: 'too_long', too_large: 'too_long', request_timeout: 'network', offline: 'network',
    service_unavailable: 'overloaded',
  };
  // Answers that are still wanted rather than failures: nothing for support to look up.
  const QUESTIONS = ['who_are_you', 'date_order_unclear', 'pasted_empty'];
  // Asking again as it is would end the same way.
  const FINAL = ['model_refused', 'not_found', 'disconnected', 'messages_unavailable', 'session', 'replies_used_up',
    'too_long', 'pasted_unreadable', ...QUESTIONS];

  function meaningOf(ctx, code) {
    const known = SAME[code] || code;
    return ctx.has('problem.codes.' + known) ? known : 'unknown';
  }

  function problem(ctx, state) {
    const now = Date.now();
    const told = state.problem;
    if (!told || ['quota_used_up', 'too_short'].includes(told.code)) { return null; }
    const waits = Boolean(told.retryAt && told.retryAt > now);
    const below = told.during === 'run' && state.result ? state.result.created_at : null;
    const code = meaningOf(ctx, told.code);
    return {
      name: 'problem',
      of: [told.code, told.during],
      draw: () => h(QUESTIONS.includes(code) ? 'div.calm' : 'div.notice'),
      update: (node) => dom.list(node, [dismiss(ctx, told), alert(ctx, state, code, below),
        way(ctx, state, code, waits), identity(ctx, state, code)]),
    };
  }

  function dismiss(ctx, told) {
    return ['run', 'reply'].includes(told.during) && {
      name: 'dismiss',
      draw: () => parts.link('dismiss', h('span', { 'aria-hidden': 'true' }, '✕'), ctx.actions.dismissProblem,
        { 'aria-label': ctx.t('problem.close'), class: 'convailens-link convailens-dismiss' }),
    };
  }

  /* A node of its own, made again for other words alone: a screen reader reads it out each time. */
  function alert(ctx, state, code, below) {
    const told = state.problem;
    const isRun = told.during === 'run';
    const path = 'problem.codes.' + code;
    const sentences = [
      isRun && told.charged === false && ctx.t('problem.nothing_charged'),
      isRun && !FINAL.includes(code) && state.facts && ctx.t('problem.facts_above'),
      below && ctx.t('problem.result_below', { date: ctx.format.day(below) }),
      ctx.has(path + '.text') && ctx.t(path + '.text'),
    ].filter(Boolean).join(' ');
    return {
      name: 'alert',
      of: sentences,
      draw: () => h('div', { role: 'alert' }, h('p.strong', null, ctx.t(path + '.title')),
        h('p.small', null, sentences)),
    };
  }

  function way(ctx, state, code, waits) {
    const isAdmin = Boolean(state.user && state.user.isAdmin);
    return {
      name: 'way',
      of: [state.problem.retryAt, state.retry && state.retry.at, waits, isAdmin],
      draw: () => h('div', null, next(ctx, state, code, waits)),
    };
  }

  function identity(ctx, state, code) {
    return !QUESTIONS.includes(code) && state.problem.requestId && {
      name: 'identity',
      of: [state.problem.requestId, state.idCopied],
      draw: () => parts.requestId(ctx, state),
    };
  }

  /* The next action; a step further than the words. */
  function next(ctx, state, code, waits) {
    const { problem: told, retry } = state;
    const row = (...children) => h('div.row.actions', null, children);
    if (code === 'session') { return row(parts.ghost('reload', ctx.t('reload'), ctx.actions.reload)); }
    if (code === 'disconnected' && state.user && state.user.isAdmin) {
      return row(parts.outward(ctx, '.btn.ghost', 'connect', ctx.t('reconnect.button'), state.connectUrl));
    }
    if (FINAL.includes(code)) { return null; }
    if (retry) {
      return row(parts.ghost('retry', ctx.t('try_again'), ctx.actions.retry),
        h('span.small.soft', null, parts.around(ctx, 'problem.retry_in', 'time', parts.countdown(ctx, retry.at))),
        parts.link('cancel-retry', ctx.t('problem.cancel'), ctx.actions.cancelRetry));
    }
    if (waits) {
      return h('p.small.soft', null, parts.around(ctx, 'problem.wait', 'time', parts.countdown(ctx, told.retryAt)));
    }
    return row(parts.ghost('retry', ctx.t('try_again'), ctx.actions.retry));
  }

  /* A chat with too little in it is no failure: said calmly, and free. */
  function tooShort(ctx, state) {
    if (!state.problem || state.problem.code !== 'too_short') { return null; }
    const voice = state.facts ? state.facts.voice_without_transcript : 0;
    return {
      name: 'too_short',
      of: voice,
      draw: () => h('div.calm', null, h('p.strong', null, ctx.t('problem.too_short')),
        h('p.small.soft', null, (voice ? ctx.t('problem.too_short_voice', { n: voice }) : ctx.t('problem.too_short_text')) + ' ' + ctx.t('problem.nothing_charged')),
        h('div.row.actions', null, parts.ghost('retry', ctx.t('try_again'), ctx.actions.retry))),
    };
  }

  return { problem, tooShort, meaningOf };
});
