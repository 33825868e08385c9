/* The settings window of the widget: its fields, Save or Install, Disable; with Kommo's order of callbacks. */
define(['jquery', 'lib/components/base/modal', 'dom', 'words', 'server'], function ($, Modal, dom, words, server) {
  'use strict';

  var el = dom.el;

  function fieldOf(code, name, declared, value, title) {
    if (declared.type === 'custom') {
      // One at most: the widget draws into the container and keeps the hidden input.
      return el('div', { class: 'widget_settings_block__item_field' }, [
        el('div', { class: 'widget_settings_block__title_field' }, title),
        el('input', { type: 'hidden', id: code + '_custom', name: name, value: value }),
        el('div', { id: code + '_custom_content' }),
      ]);
    }
    var input = el('input', {
      type: declared.type === 'pass' ? 'password' : 'text', name: name, value: value, id: code + '_' + name,
      class: 'text-input widget_settings_block__controls__field', autocomplete: 'off',
    });
    return el('div', { class: 'widget_settings_block__item_field' }, [
      el('label', { class: 'widget_settings_block__title_field', for: code + '_' + name }, title), input,
    ]);
  }

  // options: {code, widget, instance, account, lang, title, onDisabled, onInstalled}
  function open(options) {
    var known = words.of(options.lang);
    var widget = options.widget;
    var callbacks = options.instance.callbacks;
    var isInstalled = widget.status !== 'install' && widget.active === 'Y';
    var said = el('p', { class: 'widget_settings_block__said', role: 'status' });

    function fields($body) {
      var found = {};
      Object.keys(widget.settings).forEach(function (name) {
        found[name] = $body.find('[name="' + name + '"]').val() || '';
      });
      return found;
    }

    function isComplete(values) {
      return Object.keys(widget.settings).every(function (name) {
        return !widget.settings[name].required || values[name] !== '';
      });
    }

    // onSave may answer false, or a promise; a refusal leaves everything as it was.
    function save(active, values) {
      var answer = callbacks.onSave ? callbacks.onSave.call(options.instance, { active: active, fields: values }) : true;
      return Promise.resolve(answer).then(function (accepted) {
        if (accepted === false) {
          said.textContent = known.not_saved;
          return false;
        }
        var content = { status: active === 'Y' ? 'installed' : 'install', active: active, fields: values };
        return server.saveWidget(options.account, content).then(function () {
          Object.assign(widget, content);
          return true;
        });
      });
    }

    function button(label, className, act) {
      return el('button', { type: 'button', class: className, onclick: act }, label);
    }

    var modal = new Modal({
      class_name: 'modal-widget-settings',
      init: function ($body) {
        var wrapper = el('div', { class: 'widget_settings_block__fields', id: 'widget_settings__fields_wrapper' });
        Object.keys(widget.settings).forEach(function (name) {
          var declared = widget.settings[name];
          var title = options.instance.i18n(declared.name) || name;
          wrapper.appendChild(fieldOf(options.code, name, declared, widget.fields[name] || '', title));
        });
        function finish(active, after) {
          return function () {
            var values = active === 'Y' ? fields($body) : widget.fields;
            if (active === 'Y' && !isComplete(values)) {
              said.textContent = known.required;
              return;
            }
            save(active, values).then(function (saved) {
              if (saved) {
                modal.destroy();
                after();
              }
            });
          };
        }
        var buttons = el('div', { class: 'widget_settings_block__controls' }, [
          button(isInstalled ? known.save : known.install, 'button-input js-widget-save', finish('Y', function () {
            if (isInstalled) { return; }
            if (callbacks.onInstall) { callbacks.onInstall.call(options.instance); }
            options.onInstalled();
          })),
          isInstalled ? button(known.disable, 'plain js-widget-uninstall', finish('N', options.onDisabled)) : null,
          button(known.close, 'plain modal-body__close', function () {}),
        ]);
        $body.trigger('modal:loaded').append(
          el('h2', { class: 'modal-body__caption' }, options.title),
          el('div', { class: 'widget_settings_block' }, [wrapper, said, buttons])
        ).trigger('modal:centrify');
        if (callbacks.settings) { callbacks.settings.call(options.instance, $body); }
      },
    });
    return modal;
  }

  return { open: open };
});
