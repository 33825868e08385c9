/*
 * Kommo's page as the panel needs it: what is read of APP and of the widget object, in one place, and nothing written.
 *
 * create($, self) → {draw(), start(), leave()}, for Kommo's render, init and destroy.
 */
define(['./panel.js', './service.js'], function (panel, service) {
  'use strict';

  var LANGUAGE = /^[a-z]{2,3}(-[a-z0-9]{2,4})*$/i;
  var openings = 0;

  function language() {
    var id = String(APP.lang_id || 'en').replace('_', '-');
    return LANGUAGE.test(id) ? id : 'en';
  }

  function currency() {
    var account = APP.constant('account');
    return account && typeof account.currency === 'string' ? account.currency : null;
  }

  // The lead's card that is open; null everywhere else (the settings' page, a contact's card).
  function openCard() {
    var card = APP.data.current_card;
    return card && APP.getBaseEntity() === 'leads' ? card : null;
  }

  function addStyle($, self) {
    var address = self.params.path + '/style.css?v=' + self.get_version();
    if (!$('link[href="' + address + '"]').length) {
      $('head').append('<link rel="stylesheet" type="text/css" href="' + address + '">');
    }
  }

  // Kommo draws the slot; ours is found in it by a number of its own, since the card before may still be there.
  function slot($, self) {
    openings += 1;
    self.render_template({
      caption: { class_name: 'convailens-caption' },
      body: '<div class="convailens-panel" data-convailens-opening="' + openings + '"></div>',
      render: '',
    }, {});
    return $('.convailens-panel[data-convailens-opening="' + openings + '"]')[0] || null;
  }

  function kommoOf(self) {
    var system = self.system();
    return {
      lang: language(),
      currency: currency(),
      owner: [system.subdomain, system.amouser_id, service.url].join(' '),
      document: document,
      authorizedAjax: function (options) { return self.$authorizedAjax(options); },
      listen: function (channel, work) {
        // Not in every version of Kommo: without it the panel is as new as its opening.
        var stop = self.listenSocketChannel ? self.listenSocketChannel(channel, [], work) : null;
        return typeof stop === 'function' ? stop : function () { return null; };
      },
    };
  }

  function create($, self) {
    var opening = null;

    function leave() {
      if (opening) { opening.destroy(); }
      opening = null;
    }

    return {
      draw: function () {
        leave();
        var card = openCard();
        if (!card) { return; }
        addStyle($, self);
        var root = slot($, self);
        if (!root) { return; }
        opening = panel.open({
          root: root,
          card: { id: card.id },
          version: self.get_version(),
          i18n: self.i18n('panel'),
          service: service,
          kommo: kommoOf(self),
        });
      },
      start: function () {
        if (opening) { opening.start(); }
      },
      leave: leave,
    };
  }

  return { create: create };
});
