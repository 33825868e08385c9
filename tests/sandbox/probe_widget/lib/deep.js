define(['./service.js'], function (service) {
  'use strict';

  return { url: service.url, name: 'deep' };
});
