/* What a screen reader is told when the state moves, in one sentence; errors speak for themselves (role=alert). */
define(['./view_voice.js'], function (voice) {
  'use strict';

  function between(ctx, before, now) {
    const run = now.run && now.run.state === 'running' ? now.run : null;
    if (run && !(before.run && before.run.state === 'running')) {
      return run.count ? ctx.t('run.reading', { n: run.count }) : ctx.t('run.reading_all');
    }
    if (now.result && before.run && !now.run) { return ready(ctx, now.result); }
    if (now.located && now.located !== before.located) {
      return ctx.t('words.' + (now.located.found ? 'found' : now.located.why));
    }
    if (now.reply.state !== before.reply.state && now.reply.state === 'asking') { return ctx.t('reply.asking'); }
    if (now.reply.text && now.reply.text !== before.reply.text) { return ctx.t('reply.heading'); }
    if (now.reply.copied && !before.reply.copied || now.idCopied && !before.idCopied) { return ctx.t('copied'); }
    if (now.paste && now.paste.count && before.paste && before.paste.busy && !now.paste.busy) {
      return ctx.t('paste.found', { n: now.paste.count });
    }
    return voice.news(ctx, before.voice, now.voice);
  }

  function ready(ctx, result) {
    const scored = typeof result.score === 'number';
    return ctx.t('run.ready') + ' ' + (scored
      ? ctx.t('score.label', { score: result.score, band: ctx.t('score.' + result.temperature) })
      : ctx.t('score.too_little'));
  }

  return { between };
});
