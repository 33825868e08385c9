/*
 * Kommo's page as the panel needs it: what is read of APP and of the widget object, in one place, and nothing written.
 * create($, self) → {draw(), start(), leave()}, for Kommo's render, init and destroy.
 */
define(['./panel.js', './service.js'], (panel, service) => {
  'use strict';

  const LANGUAGE = /^[a-z]{2,3}(-[a-z]{2})?$/i;
  let openings = 0;

  function language() {
    const id = String(APP.lang_id).replace('_', '-');
    return LANGUAGE.test(id) ? id : 'en';
  }

  // The lead's card that is open; null everywhere else (the settings' page, a contact's card).
  function openCard() {
    const card = APP.data.current_card;
    return card && APP.getBaseEntity() === 'leads' ? card : null;
  }

  function addStyle($, self) {
    const address = `${self.params.path}/style.css?v=${self.get_version()}`;
    if (!$(`link[href="${address}"]`).length) {
      $('head').append(`<link rel="stylesheet" type="text/css" href="${address}">`);
    }
  }

  // Kommo draws the slot. Ours in it is found by a number of its own: the card before may still be there.
  function slot($, self) {
    openings += 1;
    self.render_template({
      caption: { class_name: 'convailens-caption' },
      body: `<div class="convailens-panel" data-convailens-opening="${openings}"></div>`,
      render: '',
    }, {});
    return $(`.convailens-panel[data-convailens-opening="${openings}"]`)[0];
  }

  function kommoOf(self) {
    const { subdomain, amouser_id: userId } = self.system();
    return {
      lang: language(),
      owner: [subdomain, userId, service.url].join(' '),
      document,
      authorizedAjax: (options) => self.$authorizedAjax(options),
      listen: (channel, work) => {
        // Not in every version of Kommo: without it the panel is as new as its opening.
        const stop = self.listenSocketChannel ? self.listenSocketChannel(channel, [], () => work()) : null;
        return () => { if (typeof stop === 'function') { stop(); } };
      },
    };
  }

  function create($, self) {
    let opening = null;

    function leave() {
      if (opening) { opening.destroy(); }
      opening = null;
    }

    function draw() {
      leave();
      const card = openCard();
      if (!card) { return; }
      addStyle($, self);
      opening = panel.open({
        root: slot($, self), card: { id: card.id }, version: self.get_version(), i18n: self.i18n('panel'), service,
        kommo: kommoOf(self),
      });
    }

    return {
      draw,
      leave: () => {
        const card = openCard();
        // Where the next card is open already, its feed may be there too.
        if (opening && (!card || card.id === opening.cardId)) { opening.left(); }
        leave();
      },
      start: () => { if (opening) { opening.start(); } },
    };
  }

  return { create };
});
