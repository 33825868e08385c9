/* Kommo's socket channels, as far as a widget listens to them. */
define([], function () {
  'use strict';

  function create() {
    var listeners = [];
    return {
      listen: function (channel, keys, handler) {
        var one = { channel: channel, handler: handler };
        listeners.push(one);
        return function () {
          listeners = listeners.filter(function (other) { return other !== one; });
        };
      },
      emit: function (channel, data) {
        listeners.filter(function (one) { return one.channel === channel; }).forEach(function (one) {
          one.handler(data);
        });
      },
      names: function () { return listeners.map(function (one) { return one.channel; }); },
    };
  }

  return { create: create };
});
