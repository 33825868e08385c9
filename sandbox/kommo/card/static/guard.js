/*
 * Watches what a widget must not do, and keeps a list of it: window.cardGuard, taken over by page.js and removed.
 * Loaded before everything else. The page itself writes nothing to the console and stores nothing, so whatever is
 * seen there is the widget's.
 */
(function () {
  'use strict';

  var found = [];
  var LIMIT = 500;

  function note(kind, detail) {
    var text = String(detail).slice(0, 300);
    var known = found.some(function (one) { return one.kind === kind && one.detail === text; });
    if (!known && found.length < LIMIT) {
      found.push({ kind: kind, detail: text });
    }
  }

  function text(value) {
    return value instanceof Error ? value.stack || value.message : String(value);
  }

  Object.keys(console).forEach(function (name) {
    var real = console[name];
    if (typeof real === 'function') {
      console[name] = function () {
        note('console', name + ': ' + Array.prototype.map.call(arguments, text).join(' '));
        return real.apply(console, arguments);
      };
    }
  });

  ['setItem', 'getItem', 'removeItem', 'clear', 'key'].forEach(function (name) {
    var real = Storage.prototype[name];
    Storage.prototype[name] = function () {
      note('storage', name + ' ' + (arguments[0] || ''));
      return real.apply(this, arguments);
    };
  });
  var openDatabase = IDBFactory.prototype.open;
  IDBFactory.prototype.open = function (name) {
    note('storage', 'indexedDB ' + name);
    return openDatabase.apply(this, arguments);
  };
  if (window.CacheStorage) {
    var openCache = CacheStorage.prototype.open;
    CacheStorage.prototype.open = function (name) {
      note('storage', 'caches ' + name);
      return openCache.apply(this, arguments);
    };
  }
  var cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
  Object.defineProperty(Document.prototype, 'cookie', {
    configurable: true,
    get: function () { return cookie.get.call(this); },
    set: function (value) {
      note('storage', 'cookie ' + String(value).split('=')[0]);
      cookie.set.call(this, value);
    },
  });
  // eval is left alone: drivers of browsers use it. The check of the widget's files finds it.
  ['alert', 'confirm', 'prompt'].forEach(function (name) {
    window[name] = function () { note('forbidden', name + '()'); };
  });

  window.addEventListener('error', function (event) {
    if (event.message) { note('error', event.message); }
  });
  window.addEventListener('unhandledrejection', function (event) {
    note('error', text(event.reason));
  });

  window.cardGuard = { found: found, note: note };
})();
