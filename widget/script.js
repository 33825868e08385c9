/* What Kommo calls, and nothing more: the card is in lib/page.js, the settings in lib/consent.js. */
define(['jquery', './lib/consent.js', './lib/page.js'], function ($, consent, page) {
  'use strict';

  return function () {
    const self = this;
    const card = page.create($, self);

    this.callbacks = {
      render: function () {
        card.draw();
        return true;
      },
      init: function () {
        card.start();
        return true;
      },
      bind_actions: function () {
        return true;
      },
      settings: function ($body) {
        consent.draw($, self, $body);
        return true;
      },
      onSave: function () {
        return true;
      },
      onInstall: function () {
        return true;
      },
      destroy: function () {
        card.leave();
      },
    };
    return this;
  };
});
