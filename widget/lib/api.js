/*
 * The only place that talks to our service: Kommo's signed request opens a session, all else is fetch with it.
 *
 * create({url, version, owner, authorizedAjax, fetch, isOnline(), signal, clock}) → api
 *   open()                         → {token, account: {timezone, language}, user_id, is_admin}
 *   state(leadId, body), words(id, body), reply(id, body), preview(body)    → the API's documents
 *   analyse({key, body, onEvent})  → the result; onEvent(name, data) for what comes before it
 *   estimate(body), transcription(id), transcript(id)    → the API's documents
 *   transcribe({body, onEvent})    → {items, usage} at the end, or null where the stream was lost before
 * All throw a Problem, or the signal's reason once the card was left. `owner` says whose session it is (account and
 * user): one serves all cards of that user until it ends, in memory alone.
 */
define(['./problem.js', './retry.js', './sse.js'], (problems, retry, sse) => {
  'use strict';

  const ANSWER_MS = 30000;
  const MEASURED_MS = 120000; // Each recording is fetched to be measured.
  const LASTS_MS = 29 * 60000; // Of 30 minutes; counted from its coming, since this computer's clock may be wrong.
  const LOST = 3; // So many looks without any answer: the click has not reached the service.
  const ENDED = ['session_expired', 'session_ended', 'session_unknown', 'not_authenticated'];
  const sessions = new Map();
  const openings = new Map();

  function parsed(text) {
    try {
      return JSON.parse(text);
    } catch (notJson) {
      return null; // A proxy's page, or half an answer.
    }
  }

  function create({ url, version, owner, authorizedAjax, fetch, isOnline, signal, clock }) {
    const base = `${url}/api/v1`;

    const refusal = (status, text, header) => problems.fromDocument(parsed(text), {
      status, now: clock.now(), requestId: header('X-Request-Id'), retryAfterS: parseInt(header('Retry-After'), 10),
    });

    // Kommo signs requests made this way and no others.
    const exchange = () => new Promise((resolve, reject) => {
      authorizedAjax({
        url: `${base}/session`, method: 'POST', dataType: 'json', timeout: ANSWER_MS, global: false,
        headers: { 'X-Widget-Version': version },
      }).done(resolve).fail((xhr) => {
        const problem = xhr && xhr.status
          ? refusal(xhr.status, xhr.responseText, (name) => xhr.getResponseHeader(name)) : problems.network();
        // Kommo's token was refused: only a reload of the page brings another.
        reject(problem.status === 401 ? problems.named(problem, 'session') : problem);
      });
    });

    // One at a time, for whichever card is open when it comes: a second session would end the first.
    async function open(refused) {
      const known = sessions.get(owner);
      if (known && known.token !== refused && clock.now() < known.until) { return known; }
      if (!openings.has(owner)) { openings.set(owner, exchange().finally(() => openings.delete(owner))); }
      const session = await openings.get(owner);
      sessions.set(owner, { ...session, until: clock.now() + LASTS_MS });
      signal.throwIfAborted();
      return session;
    }

    async function once(path, { body, headers, timeoutMs }, token) {
      const limit = clock.limit(timeoutMs || ANSWER_MS, signal);
      try {
        return await fetch(base + path, {
          method: body ? 'POST' : 'GET',
          headers: {
            Authorization: `Bearer ${token}`, 'X-Widget-Version': version, Accept: 'application/json',
            ...(body && { 'Content-Type': 'application/json' }), ...headers,
          },
          body: body && JSON.stringify(body),
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

    // A body that breaks off reads as nothing.
    async function textOf(response) {
      const text = await response.text().catch(() => '');
      signal.throwIfAborted();
      return text;
    }

    // One request; a session that ended on the way is renewed once, unseen, and the request repeated.
    async function request(path, options) {
      let { token } = await open();
      let response = await once(path, options, token);
      for (let renewed = false; !response.ok; renewed = true) {
        const problem = refusal(response.status, await textOf(response), (name) => response.headers.get(name));
        if (renewed || response.status !== 401 || !ENDED.includes(problem.code)) { throw problem; }
        ({ token } = await open(token));
        response = await once(path, options, token);
      }
      return response;
    }

    async function json(path, body, timeoutMs) {
      const document = parsed(await textOf(await request(path, { body, timeoutMs })));
      if (document === null) { throw problems.network(); }
      return document;
    }

    async function analyse(click) {
      const heard = { arrived: false, result: null };
      try {
        const { key, body, onEvent } = click;
        await listen('/analyses', { body, headers: { 'Idempotency-Key': key } }, onEvent, heard);
      } catch (failed) {
        // A refusal is an answer. No answer is none: the run may go on, and is asked after by its key.
        const mayGoOn = problems.isProblem(failed) && failed.code === 'network' && isOnline();
        if (!mayGoOn) { throw failed; }
      }
      return heard.result || lookUntilDone(click.key, heard.arrived);
    }

    // The same recordings asked for twice are transcribed once, so nothing is lost with a stream but the news.
    async function transcribe({ body, onEvent }) {
      const heard = { arrived: false, result: null };
      await listen('/transcriptions', { body, headers: {} }, onEvent, heard);
      return heard.result;
    }

    // Events until the result. A proxy may turn the stream into one document: told as the event 'document'.
    async function listen(path, { body, headers }, onEvent, heard) {
      const response = await request(path, {
        body, timeoutMs: retry.SILENCE_MS, headers: { Accept: 'text/event-stream', ...headers },
      });
      heard.arrived = true;
      if (!/^text\/event-stream/.test(response.headers.get('Content-Type'))) {
        onEvent('document', parsed(await textOf(response)) || {});
        return;
      }
      let refused = null;
      const parser = sse.create((name, text) => {
        if (name === 'result') {
          heard.result = parsed(text);
        } else if (name === 'problem') {
          refused = refusal(null, text, (header) => response.headers.get(header));
        } else {
          onEvent(name, parsed(text) || {});
        }
      });
      const reader = response.body.getReader();
      try {
        for (let part = await chunk(reader); !part.done; part = await chunk(reader)) {
          parser.push(part.value);
          if (heard.result || refused) { break; }
        }
      } finally {
        reader.cancel().catch(() => null); // It has broken already.
      }
      if (refused) { throw refused; }
    }

    // The next bytes; a stream that broke or fell silent has come to its end.
    async function chunk(reader) {
      try {
        return await clock.within(reader.read(), retry.SILENCE_MS, signal);
      } catch (broken) {
        signal.throwIfAborted();
        return { done: true };
      }
    }

    async function lookUntilDone(key, arrived) {
      const began = clock.now();
      let unheard = 0;
      for (let n = 0; clock.now() - began < retry.POLL_FOR_MS; n += 1) {
        await clock.sleep(retry.pollAfter(n), signal);
        const seen = await look(key);
        if (seen.result) { return seen.result; }
        unheard = seen.unheard ? unheard + 1 : 0;
        // It did not arrive, so the same key may bring it once more.
        if (seen.absent || (!arrived && unheard >= LOST)) { break; }
        if (seen.waitMs) { await clock.sleep(seen.waitMs, signal); }
      }
      throw problems.network();
    }

    async function look(key) {
      let document;
      try {
        document = await json(`/analyses/by-key/${key}`);
      } catch (failed) {
        switch (failed.code) {
          case 'network':
          case 'maintenance':
            return { unheard: true };
          case 'rate_limited':
            return { waitMs: Math.max(0, failed.retryAt - clock.now()) };
          case 'not_found':
            return { absent: true };
          default:
            throw problems.unsure(failed); // Refused is the look, not the run.
        }
      }
      if (document.state === 'failed') { throw problems.fromDocument(document.problem, { now: clock.now() }); }
      return document.state === 'done' ? { result: document } : {};
    }

    return {
      open: () => open(),
      state: (leadId, body) => json(`/leads/${encodeURIComponent(leadId)}/state`, body),
      words: (id, body) => json(`/analyses/${id}/words`, body),
      reply: (id, body) => json(`/analyses/${id}/reply`, body),
      preview: (body) => json('/pasted/preview', body),
      analyse,
      estimate: (body) => json('/transcriptions/estimate', body, MEASURED_MS),
      transcription: (id) => json(`/transcriptions/${id}`),
      transcript: (id) => json(`/transcriptions/${id}/text`),
      transcribe,
    };
  }

  return { create };
});
