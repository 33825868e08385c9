/* One recording of the list: who, when, how long, and what has become of it. */
define([
  './view_dom.js', './view_parts.js', './view_problem.js', './voice.js',
], function (dom, parts, problems, voices) {
  'use strict';

  const { h, svg } = dom;
  const STEPS = ['waiting', 'fetching', 'transcribing', 'writing'];
  const ICONS = {
    message: 'M8 1.5a2.2 2.2 0 0 0-2.2 2.2v4a2.2 2.2 0 0 0 4.4 0v-4A2.2 2.2 0 0 0 8 1.5ZM3.8 7.5a4.2 4.2 0 0 0 8.4 0'
      + 'M8 11.7v2.8',
    call: 'M3 2.5h2.6l1.2 3-1.6 1.2a8 8 0 0 0 4.1 4.1l1.2-1.6 3 1.2V13a1 1 0 0 1-1 1A11.5 11.5 0 0 1 2 3.5a1 1 0 0 1'
      + ' 1-1Z',
  };
  // Several codes that mean one thing to a rep.
  const SAME = {
    audio_too_many_redirects: 'audio_address_refused', audio_too_slow: 'audio_unavailable',
    voice_timeout: 'voice_unavailable', voice_unexpected: 'voice_unavailable', messages_unavailable: 'talks_unavailable',
  };

  function row(ctx, voice, item) {
    const key = voices.keyOf(item);
    const status = voices.statusOf(voice, item);
    const isUsedUp = Boolean(voice.usage && voice.usage.left <= 0);
    return {
      name: key,
      // The row itself stays, whatever becomes of it: focus may rest on it.
      draw: () => h('li.recording', { tabindex: '-1', key: 'voice:' + key }),
      update: (node) => dom.list(node, [
        line(ctx, item, secondsOf(item)), act(ctx, item, key, status, isUsedUp),
        status.is === 'busy' && progress(ctx, item, status),
        status.is === 'silent' && { name: 'silent', draw: () => detail(parts.small(ctx.t('voice.no_speech'))) },
        status.is === 'failed' && notice(ctx, 'failed', status, voice, key,
          status.again && !isUsedUp && !waits(status) && h('div.row.actions', null, parts.ghost(
            'transcribe:' + key, ctx.t('try_again'), () => ctx.actions.transcribe(key),
            { 'aria-label': `${ctx.t('try_again')}: ${name(ctx, item)}` }))),
        status.is === 'text' && text(ctx, item, key, status),
      ]),
    };
  }

  const secondsOf = (item) => (item.seconds === null ? (item.transcription || {}).seconds : item.seconds);
  const detail = (...children) => h('div.detail', null, children);
  const waits = ({ retryAt }) => Boolean(retryAt && retryAt > Date.now());

  // Who of the two speaks in a call is not known.
  const who = (ctx, item) => item.author_name || (item.kind === 'call' && ctx.t('voice.a_call'))
    || ctx.t('voice.' + (['client', 'agent', 'bot'].includes(item.author) ? item.author : 'somebody'));
  const name = (ctx, item) => [who(ctx, item), ctx.format.moment(item.at)].filter(Boolean).join(', ');

  function line(ctx, item, seconds) {
    return {
      name: 'line',
      of: [item.kind, item.author, item.author_name, item.at, seconds],
      draw: () => h('div.voice', null,
        svg('svg.icon', { viewBox: '0 0 16 16', width: '16', height: '16', 'aria-hidden': 'true' },
          svg('path', { d: ICONS[item.kind] || ICONS.message })),
        h('div', null,
          h('p', null, h('bdi', null, who(ctx, item)), Number.isFinite(seconds) && [
            h('span', { 'aria-hidden': 'true' }, ' · ' + ctx.format.countdown(seconds * 1000)),
            parts.hidden(', ' + ctx.format.length(seconds)),
          ]),
          parts.small([item.kind === 'call' ? item.author_name && ctx.t('voice.call') : ctx.t('voice.message'),
            ctx.format.moment(item.at)].filter(Boolean).join(' · ')))),
    };
  }

  /* What can be done, or that it is done, at the end of the line. */
  function act(ctx, item, key, status, isUsedUp) {
    if (status.is === 'text') {
      return { name: 'kept', draw: () => h('p.small.good', null,
        h('span', { 'aria-hidden': 'true' }, '✓ '), ctx.t('voice.in_notes')) };
    }
    return status.is === 'new' && !isUsedUp && {
      name: 'act',
      of: [item.author, item.author_name, item.at],
      draw: () => parts.ghost('transcribe:' + key, ctx.t('voice.transcribe'), () => ctx.actions.transcribe(key),
        { 'aria-label': `${ctx.t('voice.transcribe')}: ${name(ctx, item)}` }),
    };
  }

  /* The step in words; the bar says the same to the eye. What waits for its next try says why. */
  function progress(ctx, item, { step, code, retryAt }) {
    const place = STEPS.indexOf(step) + 1;
    const words = ctx.t('voice.step.' + (place ? step : 'checking'));
    return {
      name: 'progress',
      of: [words, code, retryAt],
      draw: () => {
        if (code) {
          return detail(h('p.small', null, reason(ctx, code), retryAt && ' '
            + ctx.t('voice.next_try', { time: ctx.format.time(retryAt) })));
        }
        const filled = h('span.filled');
        filled.style.width = 8 + 21 * place + '%';
        return detail(parts.small(words), h('div.bar', {
          role: 'progressbar', 'aria-label': name(ctx, item), 'aria-valuemin': '0', 'aria-valuemax': String(STEPS.length),
          'aria-valuenow': String(place), 'aria-valuetext': words,
        }, filled));
      },
    };
  }

  function text(ctx, item, key, status) {
    const { text: said, language, chargedS, isUnsure } = status;
    return {
      name: 'text',
      of: [status, item.author_name, item.at],
      draw: () => {
        const isShown = Boolean(said) && said.state === 'shown';
        const isLoading = Boolean(said) && said.state === 'loading';
        const id = ctx.id('text:' + key);
        const label = ctx.t(isShown ? 'voice.hide' : isLoading ? 'voice.loading' : 'voice.show');
        return detail(
          parts.small([
            language && (language === 'multi' ? ctx.t('voice.languages') : ctx.format.language(language)),
            chargedS > 0 ? ctx.t('voice.charged', { time: ctx.format.length(chargedS) }) : ctx.t('voice.not_charged'),
            ctx.t('voice.kept'),
          ].filter(Boolean).join(' · ')),
          isUnsure && h('p.small', null, ctx.t('voice.unsure')),
          h('p.small', null, parts.link('voice-text:' + key, label,
            () => (isShown ? ctx.actions.hideText(key) : isLoading || ctx.actions.showText(key)),
            { 'aria-expanded': String(isShown), 'aria-controls': isShown ? id : null,
              'aria-disabled': isLoading ? 'true' : null, 'aria-label': `${label}: ${name(ctx, item)}` })),
          said && said.state === 'failed'
            && h('p.small', { role: 'alert' }, ctx.t(said.code === 'note_gone' ? 'voice.note_gone' : 'voice.text_failed')),
          // A long call scrolls in a box of its own, which the keyboard has to reach.
          isShown && h('div.reply.transcript', {
            id, lang: said.language === 'multi' ? null : said.language, dir: 'auto', role: 'region', tabindex: '0',
            'aria-label': name(ctx, item),
          }, said.text));
      },
    };
  }

  const codeOf = (ctx, code) => {
    const known = SAME[code] || code;
    return ctx.has('voice.codes.' + known) ? 'voice.codes.' + known : 'problem.codes.' + problems.meaningOf(ctx, code);
  };
  const reason = (ctx, code) => ctx.t(codeOf(ctx, code) + '.title');

  /*
   * Why it came to nothing, what to do, and the id that support can find; `more` stands before the id. What failed long
   * ago must not speak up as the card opens: a row's failure is no alert, the live region tells of it when it comes.
   */
  function notice(ctx, part, told, voice, key, more) {
    const path = codeOf(ctx, told.code);
    const id = told.requestId;
    const isCopied = voice.copied === key;
    const date = voice.usage ? ctx.format.day(voice.usage.renews_at) : '';
    const isSession = path === 'problem.codes.session';
    return {
      name: part,
      of: [told.code, id, isCopied, waits(told), told.retryAt, told.charged, Boolean(more), date],
      draw: () => h('div.detail.whole', null, h('div.notice', null,
        h('div', { role: part === 'failed' ? null : 'alert' }, h('p.strong', null, ctx.t(path + '.title')),
          h('p.small', null, [
            told.charged === false && ctx.t('problem.nothing_charged'),
            ctx.has(path + '.text') && ctx.t(path + '.text', { date }),
          ].filter(Boolean).join(' '))),
        waits(told) && h('p.small', null, parts.around(ctx, 'problem.wait', 'time', parts.countdown(ctx, told.retryAt))),
        isSession ? parts.ghost('reload', ctx.t('reload'), ctx.actions.reload) : more,
        id && parts.idOf(ctx, 'voice-id:' + key, id, isCopied, () => ctx.actions.copyVoiceId(key, id)))),
    };
  }

  /* The state of one in a sentence, to be heard. */
  function said(ctx, voice, item) {
    const status = voices.statusOf(voice, item);
    const told = {
      new: () => '',
      busy: () => (status.code ? reason(ctx, status.code)
        : ctx.t('voice.step.' + (STEPS.includes(status.step) ? status.step : 'checking'))),
      text: () => ctx.t('voice.in_notes'),
      silent: () => ctx.t('voice.no_speech'),
      failed: () => reason(ctx, status.code),
    }[status.is]();
    return told && `${name(ctx, item)}: ${told}`;
  }

  return { row, notice, reason, said };
});
