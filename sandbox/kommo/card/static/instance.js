/*
 * What `self` is inside a widget: one instance for each opening of a card, with Kommo's methods.
 * create(options): {code, widget, i18n, account, lang, user, card, block, channels, note}.
 */
define(['jquery', 'server'], function ($, server) {
  'use strict';

  // Only what a widget without twig templates needs: {{ name }}, its value as text.
  function twig(template, params, note) {
    if (/\{%/.test(template)) { note('unsupported', 'twig statements: the sandbox fills {{ name }} only'); }
    return String(template).replace(/\{\{\s*([\w.]+)\s*\}\}/g, function (whole, path) {
      var value = path.split('.').reduce(function (found, name) {
        return found === null || found === undefined ? undefined : found[name];
      }, params || {});
      return $('<i>').text(value === null || value === undefined ? '' : value).html();
    });
  }

  function section(tree, path) {
    return String(path).split('.').reduce(function (found, name) {
      return found && found[name] !== undefined ? found[name] : undefined;
    }, tree);
  }

  function create(options) {
    var widget = options.widget;
    var account = options.account.account;
    var langs = options.i18n;
    var status = widget.status;
    var actions = {};
    var self = {};

    self.params = {
      path: widget.path, widget_code: options.code, version: widget.version, id: widget.id, active: widget.active,
      status: status, images_path: widget.path + '/images', oauth_client_uuid: widget.oauth_client_uuid,
    };
    self.langs = langs;

    self.get_settings = function () {
      return Object.assign({}, self.params, widget.fields, { status: status });
    };
    self.set_settings = function (values) {
      widget.fields = Object.assign({}, widget.fields, values);
    };
    self.get_version = function () { return widget.version; };
    self.get_install_status = function () { return status === 'install' ? 'install' : 'installed'; };
    self.set_status = function (name) {
      status = name;
      options.block.setStatus(name);
    };
    self.system = function () {
      return {
        area: 'lcard', amouser_id: options.account.user.id, amouser: options.account.user.email,
        subdomain: account.subdomain, domain: 'kommo.com', server: 'https://' + account.subdomain + '.kommo.com',
        amohash: '',
      };
    };
    self.i18n = function (path) { return path === undefined ? langs : section(langs, path); };
    self.set_lang = function (values) {
      langs = Object.assign({}, langs, values);
      self.langs = langs;
    };
    self.get_accounts_current = function () {
      return $.Deferred().resolve(Object.assign({ language: options.lang }, account)).promise();
    };
    self.get_current_card_contacts_data = function () {
      var contact = options.card.contact;
      var parts = contact ? contact.name.split(' ') : [];
      var found = contact ? [{
        id: contact.id, name: contact.name, first_name: parts[0] || '', last_name: parts.slice(1).join(' '),
        phones: [], emails: [],
      }] : [];
      return $.Deferred().resolve(found).promise();
    };

    self.render_template = function (block, params) {
      options.block.render({
        className: (block.caption && block.caption.class_name) || '',
        caption: block.caption && block.caption.html,
        body: (block.body || '') + (block.render ? twig(block.render, params, options.note) : ''),
      });
    };
    self.render = function (template, params) {
      if (template.data !== undefined) { return twig(template.data, params, options.note); }
      if (template.href === undefined) {
        throw new Error('The sandbox renders {data} and {href}; it has none of Kommo’s controls.');
      }
      var url = (template.base_path || '') + template.href + (template.v ? '?v=' + template.v : '');
      var loading = $.ajax({ url: url, dataType: 'text' }).then(function (text) {
        var filled = twig(text, params, options.note);
        if (template.load) { template.load({ render: function () { return filled; } }); }
        return filled;
      });
      return template.promised ? loading : undefined;
    };

    self.add_action = function (type, handler) { actions[type] = handler; };
    self.widgetsOverlay = function (on) { options.block.overlay(Boolean(on)); };
    self.listenSocketChannel = function (channel, keys, handler) {
      return options.channels.listen(channel, keys, handler);
    };

    // All of jQuery's own options; a new one-time token for each call, of whoever looks at the page.
    self.$authorizedAjax = function (given) {
      var result = $.Deferred();
      server.widgetToken(options.account.account.key, options.account.user.key).then(function (issued) {
        var request = Object.assign({}, given, {
          headers: Object.assign({}, given.headers, { 'X-Auth-Token': issued.token }),
        });
        $.ajax(request).then(result.resolve, result.reject);
      }, function (error) {
        result.reject({ status: 0, statusText: 'error', responseText: '' }, 'error', error.message);
      });
      return result.promise();
    };
    return self;
  }

  return { create: create };
});
