/* The smallest widget that uses what the card offers, and tells what was called. */
define(['jquery', 'lib/components/base/modal', './lib/deep.js', './lib/service'], function ($, Modal, deep, service) {
  'use strict';

  return function () {
    var self = this;
    var calls = [];
    self.calls = calls;
    self.Modal = Modal;
    self.service = service;
    self.deep = deep;
    self.$ = $;
    this.callbacks = {
      render: function () {
        calls.push('render');
        self.render_template({
          caption: { class_name: 'convailens-caption' },
          body: '<div class="convailens-panel"><p>' + self.i18n('probe').hello + '</p></div>',
          render: '',
        });
        return true;
      },
      init: function () {
        calls.push('init');
        return true;
      },
      bind_actions: function () {
        calls.push('bind_actions');
        return true;
      },
      settings: function ($body) {
        calls.push('settings');
        $body.find('#convailens_custom_content').append($('<span class="convailens-probe">').text('drawn'));
      },
      onSave: function (given) {
        calls.push('onSave ' + given.active);
        return self.refuses !== true;
      },
      onInstall: function () {
        calls.push('onInstall');
      },
      destroy: function () {
        calls.push('destroy');
      },
    };
    return this;
  };
});
