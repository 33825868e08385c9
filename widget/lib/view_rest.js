/* What a result says beside its score: summary, next step, unanswered questions, objections, a reply, the receipt. */
define([
  './view_dom.js', './view_parts.js', './view_words.js', './view_phase.js',
], function (dom, parts, words, phases) {
  'use strict';

  const h = dom.h;

  function summary(ctx, state) {
    const result = state.result;
    const mood = ['positive', 'neutral', 'negative', 'mixed'].includes(result.sentiment) ? result.sentiment : null;
    return {
      name: 'summary',
      of: [result.summary, mood],
      draw: () => h('section', null, parts.heading(ctx.t('summary.heading')),
        result.summary
          ? h('p', { dir: 'auto', lang: result.output_language }, result.summary)
          : h('p.soft', null, ctx.t('summary.withheld')),
        mood && h('p.small.soft.below', null, ctx.t('summary.mood', { mood: ctx.t('summary.' + mood) }))),
    };
  }

  /* Which part of a long chat was read, and messages that speak to the program. */
  function notes(ctx, state) {
    const { messages_seen: seen, messages_total: total, flagged } = state.result;
    const part = seen < total;
    const count = (flagged || []).length;
    return part || count ? {
      name: 'notes',
      of: [seen, total, count],
      draw: () => h('div.notes', null,
        part && h('p.small', null, ctx.t('part', { seen, total })),
        count > 0 && h('p.small', null, ctx.t('words.flagged', { n: count }))),
    } : null;
  }

  function next(ctx, state) {
    const step = state.result.next_step;
    return step && step.action ? {
      name: 'next',
      of: step,
      draw: () => h('section', null, parts.heading(ctx.t('next.heading')),
        h('div.next', { lang: state.result.output_language },
          h('p.strong', { dir: 'auto' }, step.action),
          step.why && h('p.small.soft', { dir: 'auto' }, step.why),
          step.due && h('p.small.strong', { lang: ctx.format.lang },
            ctx.t('next.due', { date: ctx.format.plainDay(step.due) })))),
    } : null;
  }

  function questions(ctx, state) {
    const open = state.result.open_questions || [];
    const pointers = open.flatMap((question) => question.evidence);
    const found = pointers.map((pointer) => words.find(state, pointer));
    return pointers.length ? {
      name: 'questions',
      of: found,
      draw: () => h('section', null, parts.heading(ctx.t('questions', { n: open.length })), words.common(ctx, found),
        h('ul.plain', null, pointers.map((pointer, n) => words.line(ctx, found[n], pointer)))),
    } : null;
  }

  function objections(ctx, state) {
    const raised = state.result.objections || [];
    const found = raised.map((objection, n) => state.opened['objection:' + n]
      ? objection.evidence.map((pointer) => words.find(state, pointer)) : null);
    return raised.length ? {
      name: 'objections',
      of: [raised, found],
      draw: () => h('section', null, parts.heading(ctx.t('objections.heading')),
        h('div.chips', null, raised.map((objection, n) => chip(ctx, state, objection, n))),
        raised.map((objection, n) => found[n] && h('div', { id: ctx.id('objection:' + n) },
          objection.evidence.map((pointer, place) => words.block(ctx, found[n][place], pointer))))),
    } : null;
  }

  function chip(ctx, state, objection, n) {
    const name = 'objection:' + n;
    const open = Boolean(state.opened[name]);
    const kind = ctx.has('objections.' + objection.kind) ? objection.kind : 'other';
    return h('button.chip', {
      type: 'button', key: name, 'aria-expanded': String(open), 'aria-controls': open ? ctx.id(name) : null,
      on: { click: () => ctx.actions.toggle(name) },
    }, ctx.t('objections.' + kind));
  }

  /* In the client's language; shown, not stored, so it is asked for anew with each opening. */
  function reply(ctx, state) {
    const { state: now, text, left, copied } = state.reply;
    const language = ((state.result.facts || state.facts || {}).languages || [])[0];
    return {
      name: 'reply',
      of: [state.reply, language],
      draw: () => {
        const name = language && text ? ' · ' + ctx.format.language(language) : '';
        const askAgain = left === null || left > 0;
        const label = now === 'asking' ? 'reply.asking' : text ? 'reply.again' : 'reply.ask';
        return h('section', { 'aria-busy': now === 'asking' ? 'true' : null },
          parts.heading(ctx.t('reply.heading') + name),
          text && h('div.reply', { lang: language, dir: 'auto' }, text),
          parts.small(ctx.t(text ? 'reply.note' : 'reply.ask_note')),
          now === 'asking' && (text ? null : phases.skeleton([100, 60])),
          h('div.row.actions', null,
            text && parts.ghost('copy-reply', ctx.t(copied ? 'copied' : 'copy'), ctx.actions.copyReply),
            askAgain && (text ? parts.link : parts.ghost)('ask-reply', ctx.t(label), ctx.actions.askReply,
              { 'aria-disabled': now === 'asking' ? 'true' : null }),
            now !== 'asking' && left !== null
              && h('span.small.soft', null, left > 0 ? ctx.t('reply.left', { n: left }) : ctx.t('reply.none_left'))));
      },
    };
  }

  function foot(ctx, state) {
    const result = state.result;
    const { messages_seen: seen, messages_total: total } = result;
    const open = Boolean(state.opened.receipt);
    const source = result.source && ctx.has('source.' + result.source) ? ctx.t('source.' + result.source) : '';
    return {
      name: 'foot',
      of: [
        result.id, result.created_at, seen, total, result.source, result.usage, result.versions, state.resultIs, open,
      ],
      draw: () => {
        const receipt = parts.disclosure(ctx, state, 'receipt', ctx.t('foot.receipt'),
          () => receiptOf(ctx, state, result, source));
        const read = seen < total ? ctx.t('foot.read_part', { seen, total }) : ctx.t('foot.read', { n: seen });
        return h('footer.foot', null,
          h('p.small.soft', null, read, ' ',
            source && h('span.source' + (result.source === 'talks' ? '' : '.other'), null, source),
            ' · ' + ctx.t('foot.not_stored') + ' · ', receipt.button),
          receipt.body);
      },
    };
  }

  function receiptOf(ctx, state, result, source) {
    const versions = result.versions || {};
    const charged = Boolean(result.usage && result.usage.charged) && state.resultIs !== 'reused';
    const rows = [
      ['sent', ctx.t('receipt.sent_text', { n: result.messages_seen, source, model: versions.model || '' })],
      ['asked', ctx.format.moment(result.created_at)],
      ['cost', ctx.t(charged ? 'receipt.cost_one' : 'receipt.cost_none')],
      ['kept', ctx.t('receipt.kept_text')],
      ['not_kept', ctx.t('receipt.not_kept_text')],
      ['versions', [versions.prompt, versions.rubric, versions.widget].filter(Boolean).join(' · ')],
    ];
    return [
      h('p.strong.small', null, ctx.t('receipt.heading')),
      h('dl.receipt', null, rows.filter((row) => row[1])
        .map(([name, value]) => [h('dt', null, ctx.t('receipt.' + name)), h('dd', null, value)])),
      h('p.small', null, parts.outward(ctx, '.link', 'privacy', ctx.t('receipt.privacy'), state.privacyUrl)),
    ];
  }

  return { summary, notes, next, questions, objections, reply, foot };
});
