/*
 * One opening of one card: from the first drawing to the moment the card is left.
 *
 * open({root, card, self, service, kommo}) → {start(), destroy()}. `kommo` is what was read of Kommo's page:
 * {lang, currency, document, authorizedAjax, listen(channel, work) → stop}. Everything that waits does so under one
 * signal: once destroy() was called, nothing of this opening draws, asks or listens any more, so two cards opened
 * quickly one after the other never mix.
 */
define([
  './api.js', './clock.js', './copy.js', './format.js', './found.js', './problem.js', './retry.js', './state.js',
  './view.js',
], function (api, clock, copy, format, found, problems, retry, states, view) {
  'use strict';

  var DRAW_MS = 40; // Words as they are written come many a second; an eye does not follow more than this.
  var COPIED_MS = 3000;
  var QUIET_MS = 1500; // News of a chat come in bursts.
  var RECOUNT_MS = [1500, 4000]; // The feed is drawn after the panel.

  function open(given) {
    var leaving = new AbortController();
    var signal = leaving.signal;
    var kommo = given.kommo;
    var words = given.format || format.create({ lang: kommo.lang });
    var state = states.initial({
      lang: kommo.lang,
      currency: kommo.currency,
      connectUrl: given.service.url + '/connect?lang=' + encodeURIComponent(kommo.lang),
      privacyUrl: given.service.url + '/privacy?lang=' + encodeURIComponent(kommo.lang),
    });
    var client = api.create({
      url: given.service.url,
      version: given.version,
      owner: kommo.owner,
      authorizedAjax: kommo.authorizedAjax,
      fetch: function (url, options) { return fetch(url, options); },
      signal: signal,
      clock: clock,
    });
    var chat = found.create(kommo.document, function () { return state.timeZone || 'UTC'; });
    var click = null; // The last click: its key and body, for the same click again.
    var stopRetry = null;
    var drawLater = null;
    var quiet = null;
    var canvas = view.create(given.root, { actions: actions(), i18n: given.i18n, format: words });

    function dispatch(event) {
      if (signal.aborted) { return; }
      var next = states.reduce(state, event);
      if (next === state) { return; }
      state = next;
      if (event.type === 'run_event' && event.event === 'summary') {
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

    // Runs what waits; a refusal goes into the state, and what comes after the card was left goes nowhere.
    function task(during, work, refused) {
      work().catch(function (failed) {
        if (signal.aborted) { return; }
        var problem = problems.during(problems.isProblem(failed) ? failed : problems.ours(), during);
        if (refused) { refused(problem); } else { tell(problem); }
      });
    }

    function tell(problem) {
      dispatch({ type: 'problem', problem: problem });
      waitFor(problem);
    }

    // The button comes back when the service's Retry-After is over.
    function waitFor(problem) {
      if (!problem.retryAt) { return; }
      clock.after(Math.max(0, problem.retryAt - clock.now()), function () {
        if (state.problem && state.problem.retryAt === problem.retryAt) { dispatch({ type: 'wait_over' }); }
      }, signal);
    }

    // Opening

    function start() {
      if (!given.card.id) {
        dispatch({ type: 'unsaved' });
        return;
      }
      window.addEventListener('online', function () {
        if (state.phase === 'offline') { load(); }
      }, { signal: signal });
      var stop = kommo.listen('leads:card:' + given.card.id, lookQuietly);
      signal.addEventListener('abort', stop);
      load();
    }

    function load() {
      dispatch({ type: 'opening' });
      task('open', opening, function (problem) {
        // The browser knows better than the request why it came to nothing.
        if (problem.code === 'network' && navigator.onLine === false) { problem.code = 'offline'; }
        tell(problem);
      });
    }

    async function opening() {
      if (navigator.onLine === false) { throw problems.network(); }
      var session = await client.open();
      signal.throwIfAborted();
      words.setTimeZone(session.account.timezone);
      dispatch({ type: 'session', session: session });
      var document = await client.state(given.card.id, body('auto'));
      dispatch({ type: 'opened', document: document });
      if (state.needsText) { await factsOfTheCard(); }
      loadWords();
    }

    // Kommo gives no messages: what the card shows is enough for facts, and may be enough for an analysis.
    async function factsOfTheCard() {
      for (var n = 0; !countCard() && n < RECOUNT_MS.length; n += 1) {
        await clock.sleep(RECOUNT_MS[n], signal);
      }
      if (!state.cardCount || state.source === 'pasted') { return; }
      var document = await client.state(given.card.id, body('card'));
      dispatch({ type: 'refreshed', document: document });
    }

    function countCard() {
      dispatch({ type: 'card_counted', count: chat.messages().length });
      return state.cardCount;
    }

    // The chat went on: figures anew, without a word where that fails, since nobody asked for it.
    function lookQuietly() {
      if (quiet) { quiet(); }
      quiet = clock.after(QUIET_MS, function () {
        if (state.phase !== 'ready' || (state.run && state.run.state === 'running')) { return; }
        task('open', async function () {
          var source = state.needsText && countCard() ? 'card' : 'auto';
          var shown = state.result;
          dispatch({ type: 'refreshed', document: await client.state(given.card.id, body(source)) });
          if (state.result !== shown || state.words.state === 'ready') { loadWords(); }
        }, function (problem) {
          // Only what is true of the whole card is told: the right to it may have been lost.
          if (states.isOfTheCard(problem)) { tell(problem); }
        });
      }, signal);
    }

    // What a request says of the conversation

    function body(source) {
      var made = { source: source, output_language: kommo.lang };
      if (source === 'card') { made.messages = chat.messages(); }
      if (source === 'pasted') { made.pasted = pasted(state.paste); }
      return made;
    }

    function pasted(paste) {
      var made = { text: paste.text };
      if (paste.me) { made.me = paste.me; }
      if (paste.dateOrder) { made.date_order = paste.dateOrder; }
      return made;
    }

    // The body by which a result's own messages are at hand again, or null where they are not.
    function bodyOf(result) {
      if (result.source === 'pasted') { return state.paste && state.paste.text ? body('pasted') : null; }
      if (result.source === 'card') { return countCard() ? body('card') : null; }
      return body('auto');
    }

    // The click

    function analyse(source) {
      if (state.phase !== 'ready' || (state.run && state.run.state === 'running')) { return; }
      var count = source === 'card' ? countCard() : (source === 'pasted' ? state.paste.count : state.messageCount);
      click = {
        key: crypto.randomUUID(),
        body: Object.assign({ lead_id: String(given.card.id) }, body(source)),
        count: count,
        wasRepeated: false,
      };
      run();
    }

    function run() {
      var mine = click;
      dropRetry();
      dispatch({ type: 'run_started', key: mine.key, at: clock.now(), source: mine.body.source, count: mine.count });
      task('run', async function () {
        var result = await client.analyse({
          key: mine.key,
          body: mine.body,
          onEvent: function (name, data) { dispatch({ type: 'run_event', key: mine.key, event: name, data: data }); },
        });
        dispatch({ type: 'run_event', key: mine.key, event: 'result', data: result });
        loadWords();
      }, function (problem) {
        runFailed(mine, states.isOfThePaste(problem) ? problems.during(problem, 'paste') : problem);
      });
    }

    function runFailed(mine, problem) {
      dispatch({ type: 'run_failed', key: mine.key, problem: problem });
      waitFor(problem);
      if (problem.code === 'messages_unavailable') { countCard(); }
      var at = state.run ? retry.automaticAt(problem, clock.now(), mine.wasRepeated) : null;
      if (at !== null) { plan(mine, at); }
    }

    // The one repetition that is promised: seen, to be called off, and the same click by its key.
    function plan(mine, at) {
      mine.wasRepeated = true;
      dispatch({ type: 'retry_planned', at: at, left: at - clock.now() });
      stopRetry = clock.every(1000, function () {
        var left = at - clock.now();
        if (left > 0) {
          dispatch({ type: 'retry_ticked', left: left });
        } else {
          run();
        }
      }, signal);
    }

    function dropRetry() {
      if (stopRetry) { stopRetry(); }
      stopRetry = null;
      dispatch({ type: 'retry_dropped' });
    }

    function again() {
      var during = state.problem ? state.problem.during : null;
      if (state.phase !== 'ready') {
        load();
      } else if (during === 'reply') {
        askReply();
      } else if (click && state.run) {
        run();
      }
    }

    // Words, the way to them, a reply

    function loadWords() {
      var result = state.result;
      if (!result || result.state !== 'done' || state.words.state === 'loading') { return; }
      var asked = bodyOf(result);
      if (!asked) { return; }
      dispatch({ type: 'words_asked' });
      task('words', async function () {
        dispatch({ type: 'words', resultId: result.id, found: await client.words(result.id, asked) });
      });
    }

    // A message that is not found may be gone since its words were read: that is asked before it is said.
    function show(pointer) {
      var spot = chat.locate(pointer, state);
      if (spot.found || spot.why !== 'not_rendered' || !state.result || !bodyOf(state.result)) {
        dispatch({ type: 'located', located: spot });
        return;
      }
      var result = state.result;
      task('words', async function () {
        dispatch({ type: 'words', resultId: result.id, found: await client.words(result.id, bodyOf(result)) });
        dispatch({ type: 'located', located: chat.locate(pointer, state) });
      }, function () {
        dispatch({ type: 'located', located: spot });
      });
    }

    function askReply() {
      var result = state.result;
      if (!result || state.reply.state === 'asking') { return; }
      var asked = bodyOf(result);
      if (!asked) {
        tell(new problems.Problem({ code: 'messages_unavailable', during: 'reply' }));
        return;
      }
      dispatch({ type: 'reply_asked' });
      task('reply', async function () {
        var said = await client.reply(result.id, asked);
        dispatch({ type: 'reply', resultId: result.id, text: said.suggested_reply, left: said.left });
      });
    }

    function copied(text, type) {
      task(null, async function () {
        if (!await copy.text(text, given.root)) { return; }
        dispatch({ type: type, copied: true });
        clock.after(COPIED_MS, function () { dispatch({ type: type, copied: false }); }, signal);
      });
    }

    // Pasted text

    function check() {
      var asked = state.paste;
      if (!asked || asked.busy) { return; }
      dispatch({ type: 'paste_checking' });
      task('paste', async function () {
        dispatch({ type: 'paste_previewed', asked: asked, found: await client.preview(pasted(asked)) });
      });
    }

    function setPaste(change) {
      dispatch({ type: 'paste_changed', change: change });
      // Who is who, and how dates are meant, are answers to a question that a check asked: it goes on by itself.
      if (!('text' in change) && state.paste && state.paste.text) { check(); }
    }

    function actions() {
      return {
        analyse: function () { analyse(state.source); },
        retry: again,
        cancelRetry: dropRetry,
        useCard: function () {
          if (countCard()) { dispatch({ type: 'source', source: 'card' }); }
        },
        openPaste: function () { dispatch({ type: 'paste_opened' }); },
        closePaste: function () { dispatch({ type: 'paste_closed', source: 'auto' }); },
        setPaste: setPaste,
        previewPaste: check,
        analysePaste: function () { if (state.paste) { analyse('pasted'); } },
        toggle: function (name) { dispatch({ type: 'toggled', name: name }); },
        show: show,
        loadWords: loadWords,
        askReply: askReply,
        copyReply: function () { copied(state.reply.text, 'reply_copied'); },
        copyRequestId: function () {
          if (state.problem && state.problem.requestId) { copied(state.problem.requestId, 'id_copied'); }
        },
        reload: function () { location.reload(); },
        dismissLocated: function () {
          chat.unmark();
          dispatch({ type: 'located', located: null });
        },
        dismissProblem: function () {
          dropRetry();
          dispatch({ type: 'problem_dismissed' });
        },
      };
    }

    draw(); // Before anything is asked: the card shows the panel at its first paint.

    return {
      start: start,
      destroy: function () {
        leaving.abort();
        chat.unmark();
        canvas.destroy();
        click = null;
      },
    };
  }

  return { open: open };
});
