/*
 * The settings' one field: consent to sending messages to us. Kommo keeps a custom field's value in a hidden input
 * ({code}_custom) beside a place to draw in ({code}_custom_content), and saves nothing while a required one is empty.
 */
define(['./service.js'], (service) => {
  'use strict';

  function draw($, self, $body) {
    const code = self.get_settings().widget_code || self.params.widget_code;
    const words = self.i18n('settings');
    const $value = $body.find(`#${code}_custom`);
    const $box = $('<input>').attr('type', 'checkbox').prop('checked', $value.val() === '1');
    const link = (name) => $('<a>').text(words[`${name}_link`]).attr({
      href: `${service.url}/${name}?lang=${encodeURIComponent(APP.lang_id || 'en')}`, target: '_blank', rel: 'noopener',
    });
    $box.on('change.convailens', () => $value.val($box.prop('checked') ? '1' : '').trigger('change'));
    $body.find(`#${code}_custom_content`).empty().addClass('convailens-settings').append(
      $('<p>').text(words.consent_text),
      $('<label>').append($box, $('<span>').text(` ${words.consent_label}`)),
      $('<p>').append(link('privacy'), $('<span>').text(' · '), link('connect'))
    );
  }

  return { draw };
});
