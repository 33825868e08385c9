/* The sandbox's own strip above the card: which card, for whom, in what language, and what goes wrong. */
define(['dom', 'server'], function (dom, server) {
  'use strict';

  var el = dom.el;
  var LANGUAGES = [['en', 'English'], ['es', 'Español'], ['pt', 'Português']];
  var THEMES = [['light', 'Light'], ['dark', 'Dark']];
  var ACCOUNTS = [['acme', 'Acme'], ['stranger', 'Stranger']];
  var TALKS = [
    ['on', 'On', { has_scope: true, has_plan: true, is_paid: true }],
    ['plan', 'Not in the plan', { has_scope: true, has_plan: false, is_paid: true }],
    ['scope', 'Scope not granted', { has_scope: false, has_plan: true, is_paid: true }],
    ['unpaid', 'Account unpaid', { has_scope: true, has_plan: true, is_paid: false }],
  ];
  var SERVICES = { openai: 'OpenAI', deepgram: 'Deepgram', kommo: 'Kommo' };
  var GROUPS = { en: 'English', es: 'Español', pt: 'Português' };

  function option(value, label, chosen) {
    return el('option', { value: value, selected: String(value) === String(chosen) }, label);
  }

  function field(label, name, options, onchange) {
    return el('label', { class: 'toolbar__field' }, [
      el('span', {}, label), el('select', { name: name, onchange: onchange }, options),
    ]);
  }

  function choices(known, chosen) {
    return known.map(function (one) { return option(one[0], one[1], chosen); });
  }

  function leadOptions(view, account) {
    var current = String(view.lead);
    function isCurrent(lead) { return current === String(lead.id) || current === lead.conversation; }
    var groups = {};
    account.leads.forEach(function (lead) {
      var key = GROUPS[lead.conversation.slice(0, 2)] && /^\w\w-/.test(lead.conversation)
        ? GROUPS[lead.conversation.slice(0, 2)] : 'Others';
      if (account.extras.some(function (extra) { return extra.conversation === lead.conversation; })) { return; }
      var label = lead.conversation + ' · ' + (lead.name || 'no name').slice(0, 40) + (lead.is_allowed ? '' : ' (no rights)');
      groups[key] = groups[key] || [];
      groups[key].push(option(lead.id, label, isCurrent(lead) ? lead.id : ''));
    });
    var special = account.extras.map(function (extra) {
      var made = account.leads.find(function (lead) { return lead.conversation === extra.conversation; });
      var isOpen = current === extra.key || (made && isCurrent(made));
      return option(extra.key, extra.label, isOpen ? extra.key : '');
    });
    special.unshift(option('0', 'A new lead, not saved', current));
    return [el('optgroup', { label: 'Special' }, special)].concat(Object.keys(groups).map(function (key) {
      return el('optgroup', { label: key }, groups[key]);
    }));
  }

  function talksState(settings) {
    return TALKS.find(function (one) {
      return Object.keys(one[2]).every(function (name) { return one[2][name] === settings[name]; });
    }) || TALKS[0];
  }

  function create(holder, handle) {
    var picks = el('div', { class: 'toolbar__row' });
    var rules = el('ul', { class: 'toolbar__rules', 'aria-label': 'Rules in force' });
    var presets = el('select', { name: 'preset', 'aria-label': 'What goes wrong' });
    var times = el('select', { name: 'times', 'aria-label': 'How often' }, [
      option('1', 'once'), option('3', '3 times'), option('', 'until cleared'),
    ]);
    var misbehave = el('details', { class: 'toolbar__misbehave', onkeydown: closeByEscape }, [
      el('summary', {}, 'Misbehave'),
      el('div', { class: 'toolbar__panel' }, [
        presets, times,
        el('button', { type: 'button', class: 'js-misbehave', onclick: spoil }, 'Set'),
        el('button', { type: 'button', class: 'plain js-behave', onclick: behave }, 'Clear all'),
        rules,
      ]),
    ]);
    holder.appendChild(el('div', { class: 'toolbar__brand' }, [
      el('a', { href: '/', class: 'toolbar__home' }, 'Emulated Kommo'),
    ]));
    holder.appendChild(picks);
    holder.appendChild(misbehave);
    refresh();

    function closeByEscape(event) {
      if (event.key === 'Escape' && misbehave.open) {
        misbehave.open = false;
        misbehave.firstChild.focus();
      }
    }

    function spoil() {
      var count = times.value === '' ? null : Number(times.value);
      return server.misbehave(presets.value, count).then(refresh);
    }

    function behave() { return server.behave().then(refresh); }

    function refresh() {
      return server.misbehaviour().then(function (known) {
        if (!presets.children.length) {
          known.presets.forEach(function (one) {
            presets.appendChild(option(one.id, SERVICES[one.service] + ': ' + one.label));
          });
        }
        dom.empty(rules);
        known.rules.forEach(function (rule) {
          var often = rule.times === null ? 'until cleared' : rule.times + '×';
          rules.appendChild(el('li', {}, rule.service + ' ' + rule.kind + ' ' + often));
        });
        misbehave.classList.toggle('toolbar__misbehave_active', known.rules.length > 0);
      });
    }

    function step(view, account, by) {
      var ids = account.leads.map(function (lead) { return String(lead.id); });
      var at = account.leads.findIndex(function (lead) {
        return String(lead.id) === String(view.lead) || lead.conversation === view.lead;
      });
      handle.open(ids[(at + by + ids.length) % ids.length]);
    }

    function chosen(act) {
      return function (event) { act(event.target.value); };
    }

    // Drawn anew for each card; the field that had the focus keeps it.
    function draw(view, account) {
      var focused = picks.contains(document.activeElement) ? document.activeElement.name : null;
      dom.empty(picks);
      [
        el('div', { class: 'toolbar__lead' }, [
          field('Lead', 'lead', leadOptions(view, account), chosen(handle.open)),
          el('button', {
            type: 'button', class: 'plain', name: 'previous', 'aria-label': 'Previous lead',
            onclick: function () { step(view, account, -1); },
          }, '‹'),
          el('button', {
            type: 'button', class: 'plain', name: 'next', 'aria-label': 'Next lead',
            onclick: function () { step(view, account, 1); },
          }, '›'),
        ]),
        field('User', 'user', account.users.map(function (user) {
          return option(user.key, user.key + ' · ' + user.name, view.user);
        }), chosen(handle.setUser)),
        field('Language', 'lang', choices(LANGUAGES, view.lang), chosen(handle.setLang)),
        field('Theme', 'theme', choices(THEMES, view.theme), chosen(handle.setTheme)),
        field('Account', 'account', choices(ACCOUNTS, view.account), chosen(function (key) {
          handle.setAccount(key, key === 'acme' ? 'en-o-01' : 'pt-o-18');
        })),
        field('Talks API', 'talks', choices(TALKS, talksState(account.settings)[0]), chosen(function (name) {
          var switches = TALKS.find(function (one) { return one[0] === name; })[2];
          server.setSwitches(view.account, switches).then(function () { handle.open(); });
        })),
        el('a', { class: 'toolbar__link', href: location.pathname + location.search }, 'Link'),
      ].forEach(function (one) { picks.appendChild(one); });
      if (focused) {
        var same = picks.querySelector('[name="' + focused + '"]');
        if (same) { same.focus(); }
      }
      refresh();
    }

    return { draw: draw };
  }

  return { create: create };
});
