/*
 * The settings' one field: consent to sending messages to us. Kommo keeps a custom field's value in a hidden input
 * ({code}_custom) beside a place to draw in ({code}_custom_content), and saves nothing while a required one is empty.
 */
define(['./service.js'], function (service) {
  'use strict';

  function link($, address, label) {
    return $('<a>').attr({ href: address, target: '_blank', rel: 'noopener' }).text(label);
  }

  function draw($, self, $body) {
    var code = self.get_settings().widget_code || self.params.widget_code;
    var words = self.i18n('settings');
    var $value = $body.find('#' + code + '_custom');
    var $place = $body.find('#' + code + '_custom_content');
    var language = '?lang=' + encodeURIComponent(APP.lang_id || 'en');
    var $box = $('<input>').attr('type', 'checkbox').prop('checked', $value.val() === '1');
    $box.on('change.convailens', function () {
      $value.val($box.prop('checked') ? '1' : '').trigger('change');
    });
    $place.empty().addClass('convailens-settings').append(
      $('<p>').text(words.consent_text),
      $('<label>').append($box, document.createTextNode(' ' + words.consent_label)),
      $('<p>').append(
        link($, service.url + '/privacy' + language, words.privacy_link), document.createTextNode(' · '),
        link($, service.url + '/connect' + language, words.connect_link)
      )
    );
  }

  return { draw: draw };
});
