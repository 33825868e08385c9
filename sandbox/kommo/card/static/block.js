/* The widget's block in the right-hand panel: caption and body, in Kommo's class names. */
define(['jquery', 'dom', 'words'], function ($, dom, words) {
  'use strict';

  var el = dom.el;

  // options: {code, widget, title, lang, onSettings}
  function create(holder, options) {
    var known = words.of(options.lang);
    var block = null;
    var toolbar = el('div', { class: 'card-widgets__top' }, [
      el('h2', { class: 'card-widgets__heading' }, known.widgets),
      el('button', { type: 'button', class: 'plain', onclick: options.onSettings }, '⚙ ' + known.settings),
    ]);
    var elements = el('div', { class: 'card-widgets__elements js-widgets-holder' });
    holder.appendChild(toolbar);
    holder.appendChild(elements);

    function render(template) {
      var caption = el('div', { class: 'card-widgets__widget__caption ' + template.className }, [
        el('img', {
          class: 'card-widgets__widget__caption__logo', src: options.widget.path + '/images/logo_min.png?v=' +
            options.widget.version, alt: '', width: 28, height: 28,
        }),
        el('span', { class: 'card-widgets__widget__caption__name' }, options.title()),
      ]);
      if (template.caption) { $(caption).append(template.caption); }
      var body = el('div', { class: 'card-widgets__widget__body js-widget-body' });
      remove();
      block = el('section', {
        class: 'card-widgets__widget card-widgets__widget-' + options.code, 'data-code': options.code,
        'aria-label': options.title(),
      }, [caption, body]);
      elements.appendChild(block);
      // The widget's own markup, as in Kommo: through jQuery, while it stands in the page.
      $(body).html(template.body);
    }

    // jQuery's way of removing takes its listeners and data along.
    function remove() {
      if (block) { $(block).remove(); }
      block = null;
    }

    return {
      render: render,
      setStatus: function (name) {
        if (block) { block.setAttribute('data-status', name); }
      },
      overlay: function (on) { elements.classList.toggle('card-widgets__elements_overlay', on); },
      say: function (text) {
        remove();
        dom.empty(elements);
        elements.appendChild(el('p', { class: 'card-widgets__note', role: 'alert' }, text));
      },
      destroy: function () {
        remove();
        dom.empty(holder);
      },
    };
  }

  return { create: create };
});
