/*
 * What the rep's clicks on recordings do, and how their progress is followed: create({…}) → {actions, follow()}.
 *
 *   client, clock, retry, signal     as in lib/panel.js
 *   leadId, lang, now() → state, dispatch(type, event), task(during, work, refused), copy(text, told)
 *   look()                           reads the card's state again, soon
 *   lookNow()                        the same at once; a promise
 *   isOfTheCard(problem)             whether it is true of the whole card
 *
 * A stream tells most; what no stream of this opening tells (it broke off, a colleague clicked, the card was opened
 * anew) is asked after one by one, with growing pauses. Asking again would be a new wish: the panel never does.
 */
define(['./problem.js', './voice.js'], (problems, voices) => {
  'use strict';

  const AT_ONCE = 3; // A card may have forty that wait: each round looks at those that were not seen for longest.
  const UNHEARD = ['network', 'maintenance'];

  function create({ client, clock, retry, signal, leadId, lang, now, dispatch, task, copy, look, lookNow, isOfTheCard }) {
    const seenIn = new Map(); // id of a transcription → the round in which it was looked at
    let round = 0;
    let isFollowing = false;

    const voice = () => now().voice;
    const items = () => (voice() ? voice().items : []);
    const rowOf = (key) => (items().find((item) => voices.keyOf(item) === key) || {}).transcription;
    const told = (rows, usage) => {
      dispatch('voice_told', { rows, usage });
      if (rows.some(voices.isOver)) { look(); }
    };

    // The wish

    function transcribe(key) {
      const item = voice() && voices.find(voice(), key);
      if (!item || !['new', 'failed'].includes(voices.statusOf(voice(), item).is)) { return; }
      dispatch('voice_asked', { keys: [key] });
      // Of a call it is the id of its note.
      task('voice', () => listen({ message_id: item.source_id }, [key]), (problem) => refused([key], problem));
    }

    function refused(keys, problem) {
      dispatch('voice_refused', { keys, problem });
      // Is it this recording, or the whole lead, that is not there for this user?
      if (problem.code === 'not_found') { look(); }
    }

    function transcribeAll() {
      const { all } = voice() || {};
      if (!all || all.state !== 'confirm' || !voices.sumOf(all.estimate).isPossible) { return; }
      dispatch('voice_all_started');
      task('voice', async () => {
        await listen({ all: true }, []);
        dispatch('voice_all_over');
      }, (problem) => {
        dispatch('voice_all_failed', { problem });
        if (problem.code === 'not_found') { look(); }
      });
    }

    function measure() {
      if (!voice() || voice().all && ['measuring', 'running'].includes(voice().all.state)) { return; }
      dispatch('voice_measuring');
      task('voice', async () => {
        dispatch('voice_measured', { estimate: await client.estimate({ lead_id: leadId, all: true }) });
      }, (problem) => dispatch('voice_all_failed', { problem }));
    }

    // `keys`: what was asked for, as far as it is known before the service names it.
    async function listen(wish, keys) {
      const named = new Set(keys);
      let isHeard = false;
      let lost = null;
      const name = (rows) => {
        const fresh = rows.map(voices.keyOf).filter((key) => !named.has(key));
        fresh.forEach((key) => named.add(key));
        if (wish.all) { dispatch('voice_all_named', { keys: [...named] }); }
        if (fresh.length) { dispatch('voice_asked', { keys: fresh }); }
      };
      const onEvent = (event, data) => {
        isHeard = isHeard || Boolean(data.items) || event === 'state';
        if (event === 'items') { name(data.items.filter(voices.isOpen)); } // Others were over before.
        if (event === 'items' || event === 'document') { told(data.items || [], data.usage); }
        if (event === 'state') { told([data], null); }
      };
      try {
        const result = await client.transcribe({ body: { lead_id: leadId, note_language: lang, ...wish }, onEvent });
        if (result) { told(result.items, result.usage); } else { lost = problems.network(); }
      } catch (failed) {
        if (!problems.isProblem(failed) || !UNHEARD.includes(failed.code)) {
          dispatch('voice_unheard', { keys: [...named] });
          throw failed;
        }
        lost = failed;
      }
      dispatch('voice_unheard', { keys: [...named] });
      if (lost && !isHeard) { await findAgain(wish, keys, lost); }
      follow();
    }

    // Nobody said whether it has begun: the card's state knows.
    async function findAgain(wish, keys, lost) {
      await lookNow();
      const begun = wish.all ? items().filter((item) => voices.isOpen(item.transcription)).map(voices.keyOf)
        : keys.filter((key) => voices.isOpen(rowOf(key)) || (rowOf(key) || {}).state === 'done');
      if (!begun.length) { throw lost; }
      if (wish.all) { dispatch('voice_all_named', { keys: begun }); }
    }

    // Following

    const unheard = () => items()
      .filter((item) => voices.isOpen(item.transcription) && !voice().asked[voices.keyOf(item)])
      .map((item) => item.transcription);

    function follow() {
      if (isFollowing || !unheard().length) { return; }
      isFollowing = true;
      const end = () => { isFollowing = false; };
      // Nobody asked for these looks: told is only what is true of the whole card.
      task('voice', () => rounds().finally(end), (problem) => {
        if (isOfTheCard(problem)) { dispatch('problem', { problem }); }
      });
    }

    async function rounds() {
      let quiet = 0;
      for (let rows = unheard(); rows.length; rows = unheard()) {
        const retryAts = rows.map((row) => (row.state === 'queued' && row.retry_at ? Date.parse(row.retry_at) : null));
        await clock.sleep(retry.followAfter(quiet, retryAts, clock.now()), signal);
        round += 1;
        quiet += 1;
        const oldest = unheard().sort((one, other) => (seenIn.get(one.id) || 0) - (seenIn.get(other.id) || 0));
        for (const row of oldest.slice(0, AT_ONCE)) {
          seenIn.set(row.id, round);
          if (await lookAt(row)) { quiet = 0; }
        }
      }
    }

    // Whether there is news of it.
    async function lookAt(row) {
      try {
        const seen = await client.transcription(row.id);
        told([seen], null);
        return seen.state !== row.state || seen.step !== row.step;
      } catch (failed) {
        if (!problems.isProblem(failed)) { throw failed; }
        if (failed.code === 'not_found') {
          dispatch('voice_lost', { id: row.id });
          look();
        } else if (failed.retryAt) {
          await clock.sleep(Math.max(0, failed.retryAt - clock.now()), signal);
        } else if (!failed.retryable && !UNHEARD.includes(failed.code)) {
          throw failed;
        }
        return false;
      }
    }

    // The text

    function showText(key) {
      const row = rowOf(key);
      if (!voices.hasText(row)) { return; }
      dispatch('voice_text_asked', { key });
      task('voice', async () => {
        const { text, language } = await client.transcript(row.id);
        dispatch('voice_text', { key, text, language: language || row.language });
      }, (problem) => {
        dispatch('voice_text_failed', { key, code: problem.code });
        // The lead, that is; a note that is gone has a code of its own.
        if (problem.code === 'not_found') { look(); }
      });
    }

    return {
      follow,
      actions: {
        transcribe,
        measureAll: measure,
        transcribeAll,
        dropAll: () => dispatch('voice_all_dropped'),
        showText,
        hideText: (key) => dispatch('voice_text_hidden', { key }),
        copyVoiceId: (key, id) => copy(id, (copied) => dispatch('voice_copied', { key, copied })),
      },
    };
  }

  return { create };
});
