/*
 * The feed of a card in Kommo's markup, as far as it is known (class names and dates; no ids on messages).
 * Only the last messages are drawn; older ones come with the "More" row, or on scrolling to the top, as in Kommo.
 */
define(['dom', 'words'], function (dom, words) {
  'use strict';

  var el = dom.el;
  var AT_ONCE = 60;
  var NEAR_END_PX = 40;

  function create(holder, options) {
    var known = words.of(options.lang);
    var messages = options.messages.slice();
    var notes = options.notes.slice();
    var first = Math.max(0, messages.length - AT_ONCE);
    var list = el('div', { class: 'feed-notes js-feed-notes' });
    var scroller = el('div', {
      class: 'notes-wrapper__scroller custom-scroll', role: 'region', 'aria-label': known.feed, tabindex: '0',
      onscroll: function () { if (scroller.scrollTop === 0 && first > 0) { more(); } },
    }, list);
    var observer = new MutationObserver(foreign);
    holder.appendChild(scroller);

    function foreign() {
      options.onForeignChange();
    }

    // Changes of our own are not reported.
    function quietly(change) {
      if (observer.takeRecords().length) { foreign(); }
      observer.disconnect();
      change();
      observer.observe(list, { childList: true, subtree: true, characterData: true, attributes: true });
    }

    function dateText(at) {
      var date = new Date(at * 1000);
      var time = new Intl.DateTimeFormat('en-GB', {
        timeZone: options.timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
      }).format(date);
      var day = dayOf(date);
      if (day === dayOf(new Date())) { return known.today + ' ' + time; }
      if (day === dayOf(new Date(Date.now() - 86400000))) { return known.yesterday + ' ' + time; }
      return day.split('-').reverse().join('.') + ' ' + time;
    }

    function dayOf(date) {
      return new Intl.DateTimeFormat('en-CA', {
        timeZone: options.timeZone, year: 'numeric', month: '2-digit', day: '2-digit',
      }).format(date);
    }

    function attachment(message) {
      if (message.kind === 'text') { return null; }
      if (message.kind === 'voice') {
        return el('div', { class: 'feed-note__media feed-note__media_voice' }, [
          el('button', { type: 'button', class: 'feed-note__voice-play', 'aria-label': known.play }, '▶'),
          el('span', { class: 'feed-note__voice-track', 'aria-hidden': 'true' }),
          el('span', {}, known.voice),
        ]);
      }
      var name = message.kind === 'contact' ? known.contact_card : known[message.kind] || message.kind;
      return el('div', { class: 'feed-note__media feed-note__media_' + message.kind }, [
        el('span', { class: 'feed-note__media-thumb', 'aria-hidden': 'true' }),
        el('span', {}, message.kind === 'file' && message.file_name ? message.file_name : name),
      ]);
    }

    function author(message) {
      if (message.author_name) { return message.author_name; }
      return message.author_type === 'bot' ? known.bot : known.system;
    }

    function header(message) {
      return el('div', { class: 'feed-note__header' }, [
        el('span', { class: 'feed-note__amojo-user js-amojo-author' }, author(message)),
        ' ',
        el('span', { class: 'feed-note__date js-feed-note__date' }, dateText(message.at)),
      ]);
    }

    function paragraph(message) {
      return message.text ? el('div', { class: 'feed-note__message_paragraph' }, message.text) : null;
    }

    // A line of the system is no chat message: it has a wrapper of its own.
    function systemNote(message) {
      return el('div', { class: 'feed-note-wrapper feed-note-wrapper-service' }, [
        el('div', { class: 'feed-note feed-note-fixer' }, [header(message), el('div', { class: 'feed-note__body' }, [
          el('div', { class: 'feed-note__service-text' }, message.text),
        ])]),
      ]);
    }

    function minutes(seconds) {
      return Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0');
    }

    function player(call) {
      return el('div', { class: 'feed-note__media' }, [
        call.has_recording ? el('button', {
          type: 'button', class: 'feed-note__voice-play', 'aria-label': known.listen,
        }, '▶') : null,
        el('span', {}, (call.is_incoming ? known.call_in : known.call_out) + ' ' + call.phone),
        el('span', { class: 'feed-note__call-duration' }, minutes(call.duration_s)),
      ]);
    }

    // What integrations and people write on the lead: no chat message either. The text stands as it was written.
    function leadNote(written) {
      return el('div', { class: 'feed-note-wrapper feed-note-wrapper-note' }, [
        el('div', { class: 'feed-note feed-note-note', 'data-note-id': written.id }, [
          el('div', { class: 'feed-note__header' }, [
            el('span', { class: 'feed-note__service-name' }, written.title || known.note),
            ' ',
            el('span', { class: 'feed-note__date js-feed-note__date' }, dateText(written.at)),
          ]),
          el('div', { class: 'feed-note__body' }, [
            written.call ? player(written.call) : null,
            written.text ? el('div', { class: 'feed-note__note-text' }, written.text) : null,
          ]),
        ]),
      ]);
    }

    function note(message) {
      if (message.author_type === 'system') { return systemNote(message); }
      var direction = message.is_incoming ? ' feed-note-incoming' : '';
      var sent = el('span', { class: 'message_delivery-status' }, [
        el('span', { class: 'message_delivery-status_checkmark', role: 'img', 'aria-label': known.delivered }, '✓✓'),
      ]);
      var talk = el('div', { class: 'feed-note__talk-outgoing' }, [
        el('span', { class: 'feed-note__talk-outgoing-title' }, known.talk + message.talk_id),
      ]);
      return el('div', { class: 'feed-note-wrapper feed-note-wrapper-amojo' }, [
        el('div', { class: 'feed-note feed-note-external' + direction }, [
          header(message),
          el('div', { class: 'feed-note__body' }, [
            el('div', { class: 'feed-note__message' }, [paragraph(message), attachment(message)]),
          ]),
          message.is_incoming ? null : sent,
          message.is_last ? talk : null,
        ]),
      ]);
    }

    function moreRow() {
      if (first === 0) { return null; }
      var label = known.more
        .replace('{n}', Math.min(AT_ONCE, first)).replace('{all}', messages.length);
      return el('button', { type: 'button', class: 'feed-more js-feed-more', onclick: more }, label);
    }

    function draw() {
      quietly(function () {
        dom.empty(list);
        if (!messages.length && !notes.length) { list.appendChild(el('p', { class: 'feed-empty' }, options.note)); }
        var row = moreRow();
        if (row) { list.appendChild(row); }
        // Each note stands before the first message that is later; those of messages not drawn yet are not, either.
        var waiting = notes.slice();
        messages.forEach(function (message, index) {
          while (waiting.length && waiting[0].at < message.at) {
            var before = waiting.shift();
            if (index >= first && (index > first || first === 0)) { list.appendChild(leadNote(before)); }
          }
          if (index >= first) { list.appendChild(note(message)); }
        });
        waiting.forEach(function (later) { list.appendChild(leadNote(later)); });
      });
    }

    function more() {
      var below = scroller.scrollHeight - scroller.scrollTop;
      first = Math.max(0, first - AT_ONCE);
      draw();
      scroller.scrollTop = scroller.scrollHeight - below;
    }

    function toEnd() {
      scroller.scrollTop = scroller.scrollHeight;
    }

    draw();
    toEnd();

    return {
      // Counted from the oldest, 0; negative from the newest, -1. What is not drawn yet counts too.
      at: function (index) {
        return messages[index < 0 ? messages.length + index : index];
      },
      add: function (message) {
        messages.forEach(function (one) { if (one.talk_id === message.talk_id) { one.is_last = false; } });
        messages.push(message);
        draw();
        toEnd();
      },
      // Told already, it is not drawn twice; true when it was new.
      addNote: function (written) {
        if (notes.some(function (one) { return one.id === written.id; })) { return false; }
        var isLast = messages.concat(notes).every(function (one) { return one.at <= written.at; });
        var wasAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
        notes.push(written);
        notes.sort(function (a, b) { return a.at - b.at || a.id - b.id; });
        // What is drawn stays, since somebody may be reading it.
        if (isLast && list.querySelector('.feed-note-wrapper')) {
          quietly(function () { list.appendChild(leadNote(written)); });
        } else {
          draw();
        }
        if (wasAtEnd) { toEnd(); }
        return true;
      },
      lastNote: function () {
        return notes.reduce(function (last, one) { return Math.max(last, one.id); }, 0);
      },
      change: function (message, text) {
        message.text = text;
        draw();
      },
      remove: function (message) {
        messages = messages.filter(function (one) { return one !== message; });
        first = Math.min(first, messages.length);
        draw();
      },
      count: function () { return messages.length; },
      // Whether somebody else has touched the markup since it was drawn.
      check: function () { if (observer.takeRecords().length) { foreign(); } },
      destroy: function () {
        observer.disconnect();
        dom.empty(holder);
      },
    };
  }

  return { create: create };
});
