/*
 * Kommo's globals, APP and its old name AMOCRM: readable by widgets, not writable. A write throws and is noted.
 * The page changes what they say through `state`.
 */
define([], function () {
  'use strict';

  function readOnly(note) {
    var wrapped = new WeakMap();

    function wrap(value, path) {
      if (value === null || (typeof value !== 'object' && typeof value !== 'function')) { return value; }
      if (!wrapped.has(value)) { wrapped.set(value, new Proxy(value, traps(path))); }
      return wrapped.get(value);
    }

    function traps(path) {
      function refuse(name) {
        note('app_write', path + '.' + String(name));
        throw new TypeError(path + '.' + String(name) + ' is Kommo’s: widgets only read it');
      }
      return {
        get: function (target, name) {
          return wrap(target[name], path + '.' + String(name));
        },
        apply: function (target, self, given) {
          return wrap(target.apply(self, given), path + '()');
        },
        set: function (target, name) { return refuse(name); },
        defineProperty: function (target, name) { return refuse(name); },
        deleteProperty: function (target, name) { return refuse(name); },
        setPrototypeOf: function () { return refuse('prototype'); },
      };
    }
    return wrap;
  }

  // A Backbone model, as far as widgets read one.
  function model(attributes) {
    return {
      id: attributes.id,
      attributes: attributes,
      get: function (name) { return attributes[name]; },
      has: function (name) { return attributes[name] !== null && attributes[name] !== undefined; },
      toJSON: function () { return Object.assign({}, attributes); },
    };
  }

  function people(users) {
    var found = {};
    users.forEach(function (user) {
      found[user.id] = {
        id: user.id, title: user.name, option: user.name, login: user.email, amojo_id: '',
        is_admin: user.is_admin ? 'Y' : 'N', active: user.is_active, free_user: 'N', group: 'group_0',
      };
    });
    return found;
  }

  // notify({header, text}) shows a message of Kommo's own.
  function install(options) {
    var state = { account: null, lang: 'en', card: false };
    var constants = {
      user: function () {
        var user = state.account.user;
        return { id: user.id, name: user.name, login: user.email, lang: state.lang, is_admin: user.is_admin };
      },
      account: function () { return Object.assign({}, state.account.account); },
      managers: function () { return people(state.account.users); },
      groups: function () { return { group_0: 'Sales' }; },
      task_types: function () { return { 1: { id: 1, type: 'FOLLOW_UP' }, 2: { id: 2, type: 'MEETING' } }; },
      user_rights: function () { return { is_admin: state.account.user.is_admin }; },
    };
    var app = {
      get lang_id() { return state.lang; },
      getBaseEntity: function () { return 'leads'; },
      isCard: function () { return state.card !== false; },
      getWidgetsArea: function () { return state.card === false ? '' : 'leads_card'; },
      constant: function (name) { return constants[name] ? constants[name]() : undefined; },
      data: {
        get current_card() { return state.card; },
        get current_entity() { return 'leads'; },
        get is_card() { return state.card !== false; },
        current_list: false,
        current_view: false,
      },
      notifications: {
        show_message: options.notify,
        show_message_error: options.notify,
      },
    };
    var shown = readOnly(options.note)(app, 'APP');
    ['APP', 'AMOCRM'].forEach(function (name) {
      Object.defineProperty(window, name, {
        get: function () { return shown; },
        set: function () { options.note('app_write', name); },
      });
    });
    return {
      setAccount: function (account, lang) {
        state.account = account;
        state.lang = lang;
      },
      setCard: function (lead) {
        state.card = lead === null ? false : { id: lead.id, model: model(lead), element_type: 2 };
      },
    };
  }

  return { install: install };
});
