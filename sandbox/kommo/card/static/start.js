/* Sets up the loader as a widget meets it in Kommo, and starts the page. */
(function () {
  'use strict';

  var versions = {};
  window.require.config({
    baseUrl: '/card',
    // './lib/panel.js' and './lib/panel' are one module.
    nodeIdCompat: true,
    waitSeconds: 20,
    paths: {
      jquery: 'vendor/jquery-2.1.3.min',
      'lib/components/base/modal': 'modal',
      'widgets/convailens': '/widgets/convailens',
    },
    urlArgs: function (id, url) {
      var code = Object.keys(versions).find(function (name) { return url.indexOf('/widgets/' + name + '/') === 0; });
      return code ? '?v=' + versions[code] : '';
    },
  });
  // Whoever waits for the card may do so from the first moment; page.js puts the whole handle here.
  window.sandboxCard = {
    ready: new Promise(function (resolve, reject) {
      window.require(['page'], function (page) {
        page.start(versions);
        window.sandboxCard.ready.then(resolve, reject);
      }, reject);
    }),
  };
})();
