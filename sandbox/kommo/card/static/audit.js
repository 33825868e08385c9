/*
 * What can only be seen afterwards: globals, styles that reach beyond the widget's own classes, listeners and
 * channels left behind, scripts put into the page.
 */
define(['jquery'], function ($) {
  'use strict';

  function ownSelector(code) {
    // html[data-color-scheme=…] or a class of ours first; `::highlight()` has no element to stand before it.
    var start = new RegExp('^(html(\\[[^\\]]*\\])?\\s+|\\[data-color-scheme[^\\]]*\\]\\s+)?(\\w+)?\\.' + code + '-');
    var highlight = new RegExp('^::highlight\\(' + code + '-[\\w-]+\\)$');
    return function (selector) { return start.test(selector) || highlight.test(selector); };
  }

  // Commas inside brackets do not part selectors.
  function selectors(text) {
    var found = [''];
    var depth = 0;
    Array.from(text).forEach(function (letter) {
      depth += letter === '(' || letter === '[' ? 1 : letter === ')' || letter === ']' ? -1 : 0;
      if (letter === ',' && depth === 0) { found.push(''); } else { found[found.length - 1] += letter; }
    });
    return found.map(function (one) { return one.trim(); });
  }

  function create(code, note) {
    var isOwn = ownSelector(code);
    var globals = null;

    function names() {
      // Frames are numbered; jQuery keeps a key of its own on what it listens to; axe is brought by tests.
      return Object.getOwnPropertyNames(window).filter(function (name) { return !/^((jQuery)?\d+|axe)$/.test(name); });
    }

    function rules(list) {
      Array.from(list).forEach(function (rule) {
        if (rule.selectorText !== undefined) {
          selectors(rule.selectorText).forEach(function (selector) {
            if (!isOwn(selector)) { note('style', selector); }
          });
        } else if (rule.type === CSSRule.KEYFRAMES_RULE) {
          if (rule.name.indexOf(code + '-') !== 0) { note('style', '@keyframes ' + rule.name); }
        } else if (rule.cssRules) {
          rules(rule.cssRules);
        }
      });
    }

    function styles() {
      Array.from(document.styleSheets).forEach(function (sheet) {
        var owner = sheet.ownerNode;
        if (owner && owner.hasAttribute('data-of-page')) { return; }
        rules(sheet.cssRules);
      });
      if (document.adoptedStyleSheets.length) { note('style', 'adopted style sheets'); }
    }

    function scripts() {
      Array.from(document.querySelectorAll('script')).forEach(function (script) {
        if (!script.hasAttribute('data-of-page') && !script.hasAttribute('data-requiremodule')) {
          note('script', script.src || 'inline');
        }
      });
    }

    return {
      // Before the widget's first line runs.
      begin: function () { globals = new Set(names()); },
      check: function () {
        names().forEach(function (name) { if (!globals.has(name)) { note('global', name); } });
        styles();
        scripts();
        if (localStorage.length || sessionStorage.length) { note('storage', 'something is stored'); }
      },
      afterDestroy: function (channels) {
        channels.forEach(function (name) { note('left_behind', 'channel ' + name); });
        [document, window, document.body].forEach(function (target) {
          var events = ($.hasData(target) && $._data(target, 'events')) || {};
          Object.keys(events).forEach(function (type) {
            events[type].forEach(function (one) {
              if (one.namespace && one.namespace.indexOf(code) >= 0) { note('left_behind', 'listener ' + type); }
            });
          });
        });
      },
    };
  }

  return { create: create };
});
