/*
 * One opening of one card, from its first drawing to the moment it is left: open({root, card, version, i18n, service,
 * kommo}) → {start(), cardId, left(), destroy()}. `kommo` is what lib/page.js reads of Kommo's page. left() comes
 * before destroy() where Kommo itself tells that the card is left.
 *
 * All that waits does so under one signal: after destroy() nothing of this opening draws, asks or listens any more, so
 * two cards opened quickly one after the other never mix.
 */
define([
  './api.js', './clock.js', './copy.js', './format.js', './found.js', './problem.js', './retry.js', './state.js',
  './transcribe.js', './view.js',
], (api, clock, copy, formats, found, problems, retry, states, transcribing, view) => {
  'use strict';

  const DRAW_MS = 40; // Words as they are written come many a second; an eye does not follow more than this.
  const COPIED_MS = 3000;
  const QUIET_MS = 1500; // News of a chat come in bursts.
  const MOST_CHARACTERS = 1000000; // As many as the service reads of one text.
  // What no text of the API's may hold: the null character, and half an emoji that was cut in two.
  const UNREADABLE = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
  const RECOUNT_MS = [1500, 4000]; // The feed is drawn after the panel.

  function open({ root, card, version, i18n, service, kommo }) {
    const leaving = new AbortController();
    const { signal } = leaving;
    const { lang } = kommo;
    const format = formats.create({ lang: formats.textLanguage(lang) });
    const page = (name) => `${service.url}/${name}?lang=${encodeURIComponent(lang)}`;
    let state = states.initial({ lang, connectUrl: page('connect'), privacyUrl: page('privacy') });
    const client = api.create({
      url: service.url, version, owner: kommo.owner, authorizedAjax: kommo.authorizedAjax, signal, clock,
      fetch: (url, options) => fetch(url, options), isOnline: () => navigator.onLine !== false,
    });
    const chat = found.create(kommo.document, card.id, () => state.timeZone || 'UTC');
    let click = null; // The last click, its key and its body: for the same click again.
    let stopRetry = null;
    let stopQuiet = null;
    let drawLater = null;

    function dispatch(type, event) {
      const next = signal.aborted ? state : states.reduce(state, { ...event, type });
      if (next === state) { return; }
      // Marked words are of the result that was shown.
      if ((next.result && next.result.id) !== (state.result && state.result.id)) { chat.unmark(); }
      state = next;
      if (type === 'run_event' && event.event === 'summary') {
        drawLater = drawLater || clock.after(DRAW_MS, draw, signal);
      } else {
        draw();
      }
    }

    function draw() {
      if (drawLater) { drawLater(); }
      drawLater = null;
      canvas.draw(state);
    }

    // Does what waits. A refusal goes into the state; what comes after the card was left goes nowhere.
    function task(during, work, refused = tell) {
      work().catch((failed) => {
        if (signal.aborted) { return; }
        refused(problems.during(problems.isProblem(failed) ? failed : problems.ours(), during));
      });
    }

    // `of`: the pasted text or the result that was asked about.
    function tell(problem, of) {
      dispatch('problem', { problem, ...of });
      waitFor(problem);
    }

    // The button comes back when the service's Retry-After is over.
    function waitFor({ retryAt }) {
      if (!retryAt) { return; }
      clock.after(Math.max(0, retryAt - clock.now()), () => {
        if (state.problem && state.problem.retryAt === retryAt) { dispatch('wait_over'); }
      }, signal);
    }

    // Opening

    function start() {
      if (!card.id) {
        dispatch('unsaved');
        return;
      }
      window.addEventListener('online', () => { if (state.phase === 'offline') { load(); } }, { signal });
      signal.addEventListener('abort', kommo.listen(`leads:card:${card.id}`, lookSoon));
      load();
    }

    function load() {
      dispatch('opening');
      task('open', opening, (problem) => {
        // The browser knows better than the request why it came to nothing.
        const isOffline = problem.code === 'network' && navigator.onLine === false;
        tell(isOffline ? problems.named(problem, 'offline') : problem);
      });
    }

    async function opening() {
      if (navigator.onLine === false) { throw problems.network(); }
      const session = await client.open();
      format.setTimeZone(session.account.timezone);
      dispatch('session', { session });
      dispatch('opened', { document: await client.state(card.id, body('auto')) });
      recordings.follow();
      if (state.needsText) { await factsOfTheCard(); }
      loadWords();
    }

    // Kommo gives no messages: what the card shows is enough for facts, and may be for an analysis.
    async function factsOfTheCard() {
      for (let n = 0; !countCard() && n < RECOUNT_MS.length; n += 1) { await clock.sleep(RECOUNT_MS[n], signal); }
      if (!state.cardCount || state.source === 'pasted') { return; }
      // A result is there already, so the ways to a first one are not offered again.
      if (state.result) { dispatch('source', { source: 'card' }); }
      await refresh('card');
    }

    // An answer that a reading of the rep's own has overtaken tells of a result before it.
    async function refresh(source) {
      const shown = state.result;
      const document = await client.state(card.id, body(source));
      if (state.result === shown) { dispatch('refreshed', { document }); }
      recordings.follow(); // A colleague may have asked for some.
    }

    function countCard() {
      dispatch('card_counted', { count: chat.messages().length });
      return state.cardCount;
    }

    function lookSoon() {
      if (stopQuiet) { stopQuiet(); }
      stopQuiet = clock.after(QUIET_MS, () => {
        if (state.phase !== 'ready' || states.isRunning(state)) { return; }
        // Nobody asked for this look: told is only what is true of the whole card, such as a right that was lost.
        task('open', lookQuietly, (problem) => { if (states.isOfTheCard(problem)) { tell(problem); } });
      }, signal);
    }

    async function lookQuietly() {
      const shown = state.result;
      const source = state.needsText && countCard() ? 'card' : 'auto';
      await refresh(source);
      if (state.result !== shown || state.words.state === 'ready') { loadWords(); }
    }

    // What a request says of the conversation

    function body(source) {
      const made = { source, output_language: lang };
      if (source === 'card') { made.messages = chat.messages(); }
      if (source === 'pasted') { made.pasted = pasted(state.paste); }
      return made;
    }

    const pasted = ({ text, me, dateOrder }) => ({
      text: text.replace(UNREADABLE, ''), ...(me && { me }), ...(dateOrder && { date_order: dateOrder }),
    });

    // The body by which a result's own messages are at hand again; null where they are not.
    function bodyOf({ source }) {
      if (source === 'pasted') { return state.paste && state.paste.text ? body('pasted') : null; }
      if (source === 'card') { return countCard() ? body('card') : null; }
      return body('auto');
    }

    // The click

    function analyse(source) {
      if (state.phase !== 'ready' || states.isRunning(state) || (source === 'pasted' && !state.paste)) { return; }
      const counts = { auto: () => state.messageCount, card: countCard, pasted: () => state.paste.count };
      click = {
        key: crypto.randomUUID(), source, count: counts[source](), wasRepeated: false,
        body: { lead_id: String(card.id), ...body(source) },
      };
      run();
    }

    function run() {
      const mine = click;
      const { key } = mine;
      dropRetry();
      dispatch('run_started', { key, at: clock.now(), source: mine.source, count: mine.count });
      task('run', async () => {
        const onEvent = (event, data) => dispatch('run_event', { key, event, data });
        onEvent('result', await client.analyse({ key, body: mine.body, onEvent }));
        loadWords();
      }, (problem) => {
        const isOfThePaste = mine.source === 'pasted' && states.isOfThePaste(problem);
        runFailed(mine, isOfThePaste ? problems.during(problem, 'paste') : problem);
      });
    }

    function runFailed(mine, problem) {
      dispatch('run_failed', { key: mine.key, problem });
      waitFor(problem);
      if (problem.code === 'messages_unavailable') { countCard(); }
      const at = state.run && retry.automaticAt(problem, clock.now(), mine.wasRepeated);
      if (at) { repeat(mine, at); }
    }

    // The one repetition that is promised: in view, to be called off, and the same click by its key.
    function repeat(mine, at) {
      mine.wasRepeated = true;
      dispatch('retry_planned', { at, left: at - clock.now() });
      stopRetry = clock.every(1000, () => {
        const left = at - clock.now();
        if (left > 0) { dispatch('retry_ticked', { left }); } else { run(); }
      }, signal);
    }

    function dropRetry() {
      if (stopRetry) { stopRetry(); }
      stopRetry = null;
      dispatch('retry_dropped');
    }

    function again() {
      if (state.phase !== 'ready') {
        load();
      } else if (state.problem && state.problem.during === 'reply') {
        askReply();
      } else if (click && state.run) {
        run();
      }
    }

    // Words, the way to them, a reply

    const wordsOf = async (result, asked) => dispatch('words', {
      resultId: result.id, found: await client.words(result.id, asked),
    });

    function loadWords() {
      const { result } = state;
      const asked = result && state.words.state !== 'loading' ? bodyOf(result) : null;
      if (!asked) { return; }
      dispatch('words_asked');
      task('words', () => wordsOf(result, asked), (problem) => tell(problem, { resultId: result.id }));
    }

    // A message that is not found may be gone since its words were read: that is asked before it is said.
    function show(pointer) {
      const { result } = state;
      const spot = chat.locate(pointer, state);
      const told = (located) => dispatch('located', { resultId: result.id, located });
      const asked = spot.why === 'not_rendered' ? bodyOf(result) : null;
      if (!asked) {
        told(spot);
        return;
      }
      task('words', async () => {
        await wordsOf(result, asked);
        if (state.result && state.result.id === result.id) { told(chat.locate(pointer, state)); }
      }, () => told(spot));
    }

    function askReply() {
      const { result } = state;
      if (!result || state.reply.state === 'asking') { return; }
      const asked = bodyOf(result);
      if (!asked) {
        tell(problems.named({ during: 'reply' }, 'messages_unavailable'));
        return;
      }
      dispatch('reply_asked');
      task('reply', async () => {
        const { suggested_reply: text, left } = await client.reply(result.id, asked);
        dispatch('reply', { resultId: result.id, text, left });
      }, (problem) => tell(problem, { resultId: result.id }));
    }

    function copied(text, told) {
      task(null, async () => {
        if (!text || !await copy.text(text, root)) { return; }
        told(true);
        clock.after(COPIED_MS, () => told(false), signal);
      });
    }

    const recordings = transcribing.create({
      client, clock, retry, signal, leadId: String(card.id), lang, now: () => state, dispatch, task, copy: copied,
      look: lookSoon, lookNow: lookQuietly, isOfTheCard: states.isOfTheCard,
    });

    // Pasted text

    function check() {
      const asked = state.paste;
      if (!asked || asked.busy) { return; }
      if (Array.from(asked.text).length > MOST_CHARACTERS) {
        tell(problems.named({ during: 'paste' }, 'too_many_characters'));
        return;
      }
      dispatch('paste_checking');
      task('paste', async () => dispatch('paste_previewed', { asked, found: await client.preview(pasted(asked)) }),
        (problem) => tell(problem, { asked }));
    }

    function setPaste(change) {
      dispatch('paste_changed', { change });
      // Who is who, and how dates are meant, answer what a check asked: it goes on by itself.
      if (!('text' in change) && state.paste && state.paste.text) { check(); }
    }

    const canvas = view.create(root, {
      i18n,
      format,
      actions: {
        analyse: () => analyse(state.source),
        retry: again,
        cancelRetry: dropRetry,
        useCard: () => { if (countCard()) { dispatch('source', { source: 'card' }); } },
        openPaste: () => dispatch('paste_opened'),
        closePaste: () => dispatch('paste_closed', { source: 'auto' }),
        setPaste,
        previewPaste: check,
        analysePaste: () => analyse('pasted'),
        toggle: (name) => dispatch('toggled', { name }),
        show,
        loadWords,
        askReply,
        copyReply: () => copied(state.reply.text, (isCopied) => dispatch('reply_copied', { copied: isCopied })),
        copyRequestId: (id) => copied(id, (isCopied) => dispatch('id_copied', { copied: isCopied })),
        reload: () => location.reload(),
        dismissProblem: () => {
          dropRetry();
          dispatch('problem_dismissed');
        },
        ...recordings.actions,
      },
    });
    draw(); // Before anything is asked: the panel is there at the card's first paint.

    return {
      start,
      cardId: card.id,
      left: chat.left,
      destroy: () => {
        leaving.abort();
        chat.unmark();
        canvas.destroy();
        click = null;
      },
    };
  }

  return { open };
});
