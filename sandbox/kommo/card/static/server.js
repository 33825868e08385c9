/* The sandbox's own routes, as promises of JSON. */
define([], function () {
  'use strict';

  function call(method, path, content) {
    var request = { method: method, headers: {} };
    if (content !== undefined) {
      request.headers['Content-Type'] = 'application/json';
      request.body = JSON.stringify(content);
    }
    return fetch(path, request).then(function (answer) {
      return answer.json().then(function (body) {
        if (!answer.ok) { throw new Error(body.error || 'HTTP ' + answer.status); }
        return body;
      });
    });
  }

  function card(account, rest, user) {
    return '/_sandbox/card/' + encodeURIComponent(account) + rest + (user ? '?user=' + encodeURIComponent(user) : '');
  }

  function message(account, lead, id) {
    return card(account, '/' + lead + '/messages' + (id ? '/' + encodeURIComponent(id) : ''));
  }

  return {
    account: function (account, user) { return call('GET', card(account, '', user)); },
    lead: function (account, lead, user) { return call('GET', card(account, '/' + encodeURIComponent(lead), user)); },
    // The notes that were written after the one of this id (0: all).
    notes: function (account, lead, user, after) {
      return call('GET', card(account, '/' + encodeURIComponent(lead) + '/notes', user) + '&after=' + after);
    },
    saveWidget: function (account, content) { return call('POST', card(account, '/widget'), content); },
    addMessage: function (account, lead, content) { return call('POST', message(account, lead), content); },
    changeMessage: function (account, lead, id, text) {
      return call('PATCH', message(account, lead, id), { text: text });
    },
    removeMessage: function (account, lead, id) { return call('DELETE', message(account, lead, id)); },
    setSwitches: function (account, switches) {
      return call('POST', '/_sandbox/settings', Object.assign({ account: account }, switches));
    },
    misbehaviour: function () { return call('GET', '/_sandbox/card/misbehaviour'); },
    misbehave: function (preset, times) {
      return call('POST', '/_sandbox/card/misbehaviour', { preset: preset, times: times });
    },
    behave: function () { return call('DELETE', '/_sandbox/card/misbehaviour'); },
    widgetToken: function (account, user) {
      return call('POST', '/_sandbox/widget-token', { account: account, user: user });
    },
  };
});
