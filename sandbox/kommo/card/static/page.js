/*
 * The card page: opens cards, runs the widget's life on them, and offers window.sandboxCard to tests and drivers
 * (sandbox/README.md describes it).
 */
define([
  'jquery', 'require', 'dom', 'server', 'words', 'environment', 'channels', 'instance', 'block', 'feed', 'fields',
  'settings', 'audit', 'toolbar',
], function ($, require, dom, server, words, environment, channels, instance, block, feed, fields, settings, audit,
  toolbar) {
  'use strict';

  var CODE = 'convailens';
  var TOAST_MS = 6000;
  var NOTES_MS = 1000;
  var NOTES_AGAIN_MS = 5000;

  var guard = window.cardGuard;
  var view = readAddress();
  var account = null; // what /_sandbox/card/{account} says
  var now = null; // the open card: {card, instance, block, feed}
  var ticket = 0;
  var sockets = channels.create();
  var kommo = environment.install({ note: guard.note, notify: notify });
  var auditor = audit.create(CODE, guard.note);
  var bar = null;
  var versions = null;
  var texts = {}; // language → the widget's i18n
  var script = null; // the widget's module, once it is loaded
  var ready = Promise.resolve(null);

  function readAddress() {
    var query = new URLSearchParams(location.search);
    var lead = decodeURIComponent(location.pathname.split('/').pop());
    return {
      lead: lead === 'add' ? '0' : lead,
      account: query.get('account') || 'acme',
      user: query.get('user') || 'admin',
      lang: words.languages.indexOf(query.get('lang')) >= 0 ? query.get('lang') : 'en',
      theme: query.get('theme') === 'dark' ? 'dark' : 'light',
    };
  }

  function address() {
    return '/leads/detail/' + encodeURIComponent(view.lead) + '?' + new URLSearchParams({
      account: view.account, user: view.user, lang: view.lang, theme: view.theme,
    });
  }

  function keepAddress() {
    if (location.pathname + location.search !== address()) { history.pushState(null, '', address()); }
  }

  function notify(message) {
    var text = typeof message === 'string' ? message : [message.header, message.text].filter(Boolean).join(': ');
    var toast = dom.el('div', { class: 'toast' }, text);
    document.getElementById('toasts').appendChild(toast);
    setTimeout(function () { toast.remove(); }, TOAST_MS);
  }

  // Leaving a card: the widget is told first, then everything of the card goes.
  function leave() {
    ticket += 1;
    kommo.setCard(null);
    if (now === null) { return; }
    var left = now;
    now = null;
    clearTimeout(left.timer);
    stopWidget(left);
    left.feed.check();
    left.feed.destroy();
    left.block.destroy();
    dom.empty(document.getElementById('card-holder'));
  }

  function stopWidget(opened) {
    var stopped = opened.instance;
    opened.instance = null;
    if (!stopped) { return; }
    if (stopped.callbacks.destroy) { stopped.callbacks.destroy.call(stopped); }
    auditor.check();
    auditor.afterDestroy(sockets.names());
  }

  function open(lead) {
    if (lead !== undefined) { view.lead = String(lead) === 'add' ? '0' : String(lead); }
    leave();
    keepAddress();
    ready = opening(ticket);
    // A failure is shown on the page and handed to whoever waits for `ready`; it is not a fault of the widget.
    ready.catch(function () {});
    return ready;
  }

  function opening(mine) {
    document.documentElement.lang = view.lang;
    return Promise.all([
      server.account(view.account, view.user), server.lead(view.account, view.lead, view.user),
    ]).then(function (answers) {
      if (mine !== ticket) { return null; }
      account = answers[0];
      versions[CODE] = account.widget.version;
      bar.draw(view, account);
      show(answers[1]);
      return startWidget(mine);
    }, function (error) {
      if (mine === ticket) { fail(error.message); }
      throw error;
    });
  }

  function fail(text) {
    var holder = document.getElementById('card-holder');
    dom.empty(holder);
    holder.appendChild(dom.el('h1', { class: 'card__problem', role: 'alert' }, text));
  }

  function show(card) {
    var holder = document.getElementById('card-holder');
    var left = dom.el('div', { class: 'card-fields' });
    var middle = dom.el('div', { class: 'card-holder__feed notes-wrapper' });
    dom.empty(holder);
    holder.appendChild(left);
    holder.appendChild(middle);
    fields.draw(left, card, account.account, view.lang, account.user.name);
    document.title = (card.lead.name || '#' + card.lead.id) + ' · emulated Kommo';
    kommo.setAccount(account, view.lang);
    kommo.setCard(card.lead);
    now = {
      card: card,
      instance: null,
      feed: feed.create(middle, {
        lang: view.lang, timeZone: account.account.timezone, messages: card.messages, notes: card.notes,
        note: card.is_allowed && card.is_saved ? words.of(view.lang).no_messages : '',
        onForeignChange: function () { guard.note('feed', 'the feed’s markup was changed'); },
      }),
      block: block.create(document.getElementById('widgets_block'), {
        code: CODE, widget: account.widget, lang: view.lang, title: title, onSettings: openSettings,
      }),
      timer: null,
    };
    watchNotes(now);
  }

  // Notes are written through the API while the card is open; Kommo's sockets tell of them, here the page asks.
  function watchNotes(opened) {
    function later(pause) {
      if (opened === now) { opened.timer = setTimeout(ask, pause); }
    }
    function ask() {
      server.notes(view.account, opened.card.lead.id, view.user, opened.feed.lastNote()).then(function (found) {
        if (opened !== now) { return; }
        found.notes.forEach(function (note) {
          if (opened.feed.addNote(note)) { sockets.emit('leads:card:' + opened.card.lead.id, { note_id: note.id }); }
        });
        later(NOTES_MS);
      }, function () {
        // The lead may be gone, or the sandbox: it is asked again, less often.
        later(NOTES_AGAIN_MS);
      });
    }
    if (opened.card.is_saved && opened.card.is_allowed) { later(NOTES_MS); }
  }

  function loadWords() {
    if (texts[view.lang]) { return Promise.resolve(texts[view.lang]); }
    var path = account.widget.path + '/i18n/' + view.lang + '.json?v=' + account.widget.version;
    return fetch(path).then(function (answer) {
      if (!answer.ok) { throw new Error('i18n/' + view.lang + '.json: ' + answer.status); }
      return answer.json();
    }).then(function (found) {
      texts[view.lang] = found;
      return found;
    });
  }

  // The widget's own name, once its words are there.
  function title() {
    var known = texts[view.lang];
    return (known && known.widget && known.widget.name) || CODE;
  }

  function loadScript() {
    if (script) { return Promise.resolve(script); }
    return new Promise(function (resolve, reject) {
      require(['widgets/' + CODE + '/script'], function (loaded) {
        script = loaded;
        resolve(loaded);
      }, function (error) {
        // Asked for again on the next opening: it may have been repaired meanwhile.
        (error.requireModules || []).forEach(function (name) { window.requirejs.undef(name); });
        reject(error);
      });
    });
  }

  function startWidget(mine) {
    if (account.widget.active !== 'Y') {
      now.block.say(words.of(view.lang).disabled);
      return null;
    }
    return Promise.all([loadScript(), loadWords()]).then(function (loaded) {
      if (mine !== ticket) { return null; }
      now.instance = make(loaded[0], loaded[1]);
      run(now.instance);
      return now.instance;
    }, function (error) {
      if (mine === ticket) { now.block.say(words.of(view.lang).broken + error.message); }
      throw error;
    });
  }

  function make(Widget, i18n) {
    var base = instance.create({
      code: CODE, widget: account.widget, i18n: i18n, account: account, lang: view.lang, card: now.card,
      block: now.block, channels: sockets, note: guard.note,
    });
    var made = Widget.call(base) || base;
    ['render', 'init', 'bind_actions'].forEach(function (name) {
      if (typeof made.callbacks[name] !== 'function') { guard.note('callback', name + ' is missing'); }
    });
    return made;
  }

  // render, then init and bind_actions; each must answer true, or the next do not run.
  function run(made) {
    ['render', 'init', 'bind_actions'].every(function (name) {
      var answer = made.callbacks[name].call(made);
      if (answer !== true) { guard.note('callback', name + ' did not return true'); }
      return answer === true;
    });
  }

  function openSettings() {
    var opened = now;
    if (!opened) { return; }
    Promise.resolve(opened.instance || Promise.all([loadScript(), loadWords()]).then(function (loaded) {
      return make(loaded[0], loaded[1]);
    })).then(function (made) {
      settings.open({
        code: CODE, widget: account.widget, instance: made, account: view.account, lang: view.lang,
        title: title(),
        onDisabled: function () {
          stopWidget(opened);
          opened.block.say(words.of(view.lang).disabled);
        },
        onInstalled: function () { open(); },
      });
    });
  }

  function close() {
    leave();
    fail(words.of(view.lang).closed);
    return Promise.resolve(null);
  }

  function setTheme(theme) {
    view.theme = theme === 'dark' ? 'dark' : 'light';
    document.documentElement.setAttribute('data-color-scheme', view.theme);
    keepAddress();
    if (account) { bar.draw(view, account); }
  }

  function change(name) {
    return function (value) {
      view[name] = value;
      return open();
    };
  }

  // A change of the feed that Kommo's sockets would tell of too.
  function told(message) {
    sockets.emit('inbox:talks:' + account.account.id, { lead_id: now.card.lead.id, talk_id: message.talk_id });
    sockets.emit('leads:card:' + now.card.lead.id, { message_id: message.id });
  }

  function onMessage(index, act) {
    var opened = now;
    var message = opened && opened.feed.at(index);
    if (!message) { return Promise.reject(new Error('no message ' + index)); }
    return act(opened, message);
  }

  function addMessage(content) {
    var opened = now;
    return server.addMessage(view.account, opened.card.lead.id, content).then(function (message) {
      if (opened !== now) { return message; }
      opened.feed.add(message);
      told(message);
      return message;
    });
  }

  function changeMessage(index, text) {
    return onMessage(index, function (opened, message) {
      return server.changeMessage(view.account, opened.card.lead.id, message.id, text).then(function () {
        opened.feed.change(message, text);
        if (opened === now) { told(message); }
      });
    });
  }

  function removeMessage(index) {
    return onMessage(index, function (opened, message) {
      return server.removeMessage(view.account, opened.card.lead.id, message.id).then(function () {
        opened.feed.remove(message);
      });
    });
  }

  function hideMessage(index) {
    return onMessage(index, function (opened, message) {
      opened.feed.remove(message);
      return Promise.resolve();
    });
  }

  function violations() {
    if (now) { now.feed.check(); }
    auditor.check();
    return guard.found.map(function (one) { return Object.assign({}, one); });
  }

  function start(known) {
    versions = known;
    delete window.cardGuard;
    window.sandboxCard = {
      open: open,
      close: close,
      setTheme: setTheme,
      setLang: change('lang'),
      setUser: change('user'),
      setAccount: function (key, lead) {
        view.account = key;
        return open(lead);
      },
      addMessage: addMessage,
      changeMessage: changeMessage,
      removeMessage: removeMessage,
      hideMessage: hideMessage,
      openSettings: openSettings,
      emit: sockets.emit,
      get widget() { return now && now.instance; },
      get ready() { return ready; },
      get violations() { return violations(); },
      get view() { return Object.assign({}, view); },
      get messageCount() { return now ? now.feed.count() : 0; },
      forgetViolations: function () { guard.found.length = 0; },
    };
    auditor.begin();
    bar = toolbar.create(document.getElementById('toolbar'), window.sandboxCard);
    window.addEventListener('popstate', function () {
      view = readAddress();
      document.documentElement.setAttribute('data-color-scheme', view.theme);
      open();
    });
    open();
  }

  return { start: start };
});
