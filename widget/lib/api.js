/*
 * The only place that talks to our service. Kommo's signed request opens a session; all else is fetch with it.
 *
 * create({url, version, authorizedAjax, owner, fetch, signal, clock}) → api
 *   open()                       → {token, account: {timezone, language}, user_id, is_admin}
 *   state(leadId, body), words(id, body), reply(id, body), preview(body)     → the API's documents
 *   analyse({key, body, onEvent}) → the result; onEvent(name, data) for what comes before it
 * All throw a Problem, or the signal's reason once the card was left. `owner` says whose session it is (account and
 * user): one is used for all cards of that user until it ends, and lives in memory alone.
 */
define(['./problem.js', './retry.js', './sse.js'], function (problems, retry, sse) {
  'use strict';

  var ANSWER_MS = 30000;
  var EARLY_MS = 60000; // A session that ends within a minute is renewed before it is used.
  var LOST = 3; // So many looks without any answer: the click has not reached the service.
  var ENDED = ['session_expired', 'session_ended', 'session_unknown', 'not_authenticated'];
  var sessions = new Map();

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch (notJson) {
      return null; // A proxy's page; its status says enough.
    }
  }

  function seconds(header) {
    var n = parseInt(header, 10);
    return n > 0 ? n : 0;
  }

  function create(given) {
    var signal = given.signal;
    var clock = given.clock;
    var base = given.url + '/api/v1';

    // Kommo signs requests made this way and no others.
    function exchange() {
      return new Promise(function (resolve, reject) {
        given.authorizedAjax({
          url: base + '/session', method: 'POST', dataType: 'json', timeout: ANSWER_MS, global: false,
          headers: { 'X-Widget-Version': given.version },
        }).done(resolve).fail(function (xhr) {
          if (!xhr || !xhr.status) {
            reject(problems.network());
            return;
          }
          var problem = problems.fromDocument(parsed(xhr.responseText), {
            status: xhr.status, now: clock.now(), requestId: xhr.getResponseHeader('X-Request-Id'),
            retryAfterS: seconds(xhr.getResponseHeader('Retry-After')),
          });
          // Kommo's token was refused: only a reload of the page brings another.
          if (problem.status === 401) { problem.code = 'session'; }
          reject(problem);
        });
      });
    }

    async function open(isRenewal) {
      var known = sessions.get(given.owner);
      if (known && !isRenewal && Date.parse(known.expires_at) - clock.now() > EARLY_MS) { return known; }
      sessions.delete(given.owner);
      var session = await exchange();
      signal.throwIfAborted();
      sessions.set(given.owner, session);
      return session;
    }

    async function problemOf(response) {
      var document = parsed(await response.text());
      return problems.fromDocument(document, {
        status: response.status,
        now: clock.now(),
        requestId: response.headers.get('X-Request-Id'),
        retryAfterS: seconds(response.headers.get('Retry-After')),
      });
    }

    // One request; a session that ended on the way is renewed once, unseen, and the request repeated.
    async function request(path, options) {
      var session = await open(false);
      for (var renewed = false; ; renewed = true) {
        var response = await once(path, options, session.token);
        if (response.ok) { return response; }
        var problem = await problemOf(response);
        signal.throwIfAborted();
        if (response.status !== 401 || ENDED.indexOf(problem.code) < 0 || renewed) { throw problem; }
        session = await open(true);
      }
    }

    async function once(path, options, token) {
      var limit = clock.limit(options.timeoutMs || ANSWER_MS, signal);
      var headers = Object.assign({
        Authorization: 'Bearer ' + token,
        'X-Widget-Version': given.version,
        Accept: 'application/json',
      }, options.headers);
      if (options.body) { headers['Content-Type'] = 'application/json'; }
      try {
        return await given.fetch(base + path, {
          method: options.body ? 'POST' : 'GET',
          headers: headers,
          body: options.body ? JSON.stringify(options.body) : undefined,
          signal: limit.signal,
          cache: 'no-store',
          credentials: 'omit',
        });
      } catch (failed) {
        signal.throwIfAborted();
        throw problems.network();
      } finally {
        limit.clear();
      }
    }

    async function json(path, body) {
      var response = await request(path, { body: body });
      var text = await response.text().catch(function () { return ''; }); // Cut off: read as no answer, below.
      signal.throwIfAborted();
      var document = parsed(text);
      if (document === null) { throw problems.network(); }
      return document;
    }

    async function analyse(click) {
      var heard = { arrived: false, ended: null };
      try {
        await listen(click, heard);
      } catch (failed) {
        // A refusal is an answer. No answer is none: the run may go on, and is asked after by its key.
        if (!problems.isProblem(failed) || failed.code !== 'network') { throw failed; }
      }
      return heard.ended || lookUntilDone(click, heard);
    }

    async function listen(click, heard) {
      var response = await request('/analyses', {
        body: click.body,
        timeoutMs: retry.SILENCE_MS,
        headers: { Accept: 'text/event-stream', 'Idempotency-Key': click.key },
      });
      heard.arrived = true;
      if (!/^text\/event-stream/.test(response.headers.get('Content-Type') || '')) { return; }
      var refusal = null;
      var parser = sse.create(function (name, text) {
        var data = parsed(text);
        if (data === null) { return; } // Not an event of ours.
        if (name === 'result') {
          heard.ended = data;
        } else if (name === 'problem') {
          refusal = problems.fromDocument(data, {
            status: data.status, now: clock.now(), requestId: response.headers.get('X-Request-Id'),
          });
        } else {
          click.onEvent(name, data);
        }
      });
      var reader = response.body.getReader();
      try {
        while (!heard.ended && !refusal) {
          var part = await chunk(reader);
          if (part.done) { break; }
          parser.push(part.value);
        }
      } finally {
        reader.cancel().catch(function () { return null; }); // It has broken already.
      }
      if (refusal) { throw refusal; }
    }

    // The next bytes; a stream that broke or fell silent has come to its end, and the run is asked after.
    async function chunk(reader) {
      try {
        return await clock.within(reader.read(), retry.SILENCE_MS, signal);
      } catch (broken) {
        signal.throwIfAborted();
        return { done: true };
      }
    }

    async function lookUntilDone(click, heard) {
      var began = clock.now();
      var unheard = 0;
      for (var n = 0; clock.now() - began < retry.POLL_FOR_MS; n += 1) {
        await clock.sleep(retry.pollAfter(n), signal);
        var seen = await look(click.key);
        unheard = seen.unheard ? unheard + 1 : 0;
        if (seen.result) { return seen.result; }
        // Never there: it did not arrive. The same key may bring it again.
        if (seen.absent || (!heard.arrived && unheard >= LOST)) { throw problems.network(); }
        if (seen.waitMs) { await clock.sleep(seen.waitMs, signal); }
      }
      throw problems.network();
    }

    async function look(key) {
      var document;
      try {
        document = await json('/analyses/by-key/' + key);
      } catch (failed) {
        if (!problems.isProblem(failed)) { throw failed; }
        if (failed.code === 'network' || failed.code === 'maintenance') { return { unheard: true }; }
        if (failed.code === 'rate_limited') { return { waitMs: Math.max(0, (failed.retryAt || 0) - clock.now()) }; }
        if (failed.code === 'not_found') { return { absent: true }; }
        throw failed;
      }
      if (document.state === 'failed') {
        throw problems.fromDocument(document.problem, { status: document.problem.status, now: clock.now() });
      }
      return document.state === 'done' ? { result: document } : {};
    }

    return {
      open: function () { return open(false); },
      state: function (leadId, body) { return json('/leads/' + encodeURIComponent(leadId) + '/state', body); },
      words: function (id, body) { return json('/analyses/' + id + '/words', body); },
      reply: function (id, body) { return json('/analyses/' + id + '/reply', body); },
      preview: function (body) { return json('/pasted/preview', body); },
      analyse: analyse,
    };
  }

  return { create: create };
});
