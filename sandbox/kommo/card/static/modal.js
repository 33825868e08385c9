/*
 * Kommo's modal window (lib/components/base/modal): new Modal({class_name, init($body), destroy(), …}).
 * The body listens to 'modal:loaded' and 'modal:centrify'; `destroy` that returns false keeps the window open.
 * Options: disable_overlay_click, disable_escape_keydown, container, init_animation, focus_element.
 */
define(['jquery'], function ($) {
  'use strict';

  var FOCUSABLE = 'a[href], button, input:not([type=hidden]), select, textarea, [tabindex]:not([tabindex="-1"])';
  var counter = 0;

  function Modal(options) {
    this.options = options || {};
    this.before = document.activeElement;
    this.events = '.modal' + (counter += 1);
    this.build();
    this.listen();
    if (this.options.init) { this.options.init.call(this, this.$body); }
    this.name();
    this.focus();
  }

  Modal.prototype.build = function () {
    this.$body = $('<div class="modal-body" role="dialog" aria-modal="true" tabindex="-1"></div>');
    this.$modal = $('<div class="modal"></div>')
      .addClass(this.options.class_name || '')
      .toggleClass('modal-animated', Boolean(this.options.init_animation))
      .append($('<div class="modal-overlay"></div>'))
      .append($('<div class="modal-scroller custom-scroll"></div>').append(this.$body))
      .appendTo(this.options.container || 'body');
  };

  Modal.prototype.listen = function () {
    var self = this;
    this.$body
      .on('modal:loaded', function () { self.$modal.addClass('modal-loaded'); })
      .on('modal:centrify', function () { self.$body.addClass('modal-centred'); });
    this.$modal.on('click', '.modal-body__close, .js-modal-close', function () { self.destroy(); });
    this.$modal.on('mousedown', '.modal-overlay, .modal-scroller', function (event) {
      if (event.target === event.currentTarget && !self.options.disable_overlay_click) { self.destroy(); }
    });
    $(document).on('keydown' + this.events, function (event) {
      if (event.which === 27 && !self.options.disable_escape_keydown) { self.destroy(); }
      if (event.which === 9) { self.keepFocus(event); }
    });
  };

  // The window is named by its heading, once it has one.
  Modal.prototype.name = function () {
    var $heading = this.$body.find('h1, h2, h3, .modal-body__caption').first();
    if ($heading.length) {
      $heading.attr('id', $heading.attr('id') || 'modal-heading-' + counter);
      this.$body.attr('aria-labelledby', $heading.attr('id'));
    }
  };

  Modal.prototype.focus = function () {
    var $wanted = this.options.focus_element ? this.$body.find(this.options.focus_element) : $();
    ($wanted.length ? $wanted : this.$body).first().trigger('focus');
  };

  Modal.prototype.keepFocus = function (event) {
    var inside = this.$body.find(FOCUSABLE).filter(':visible').filter(':enabled, a, [tabindex]').get();
    var current = document.activeElement;
    if (!inside.length || !this.$body[0].contains(current)) {
      event.preventDefault();
      (inside[0] || this.$body[0]).focus();
    } else if (event.shiftKey && (current === inside[0] || current === this.$body[0])) {
      event.preventDefault();
      inside[inside.length - 1].focus();
    } else if (!event.shiftKey && current === inside[inside.length - 1]) {
      event.preventDefault();
      inside[0].focus();
    }
  };

  Modal.prototype.destroy = function () {
    if (this.options.destroy && this.options.destroy.call(this) === false) { return; }
    $(document).off(this.events);
    this.$modal.remove();
    if (this.before && this.before.isConnected) { this.before.focus(); }
  };

  return Modal;
});
