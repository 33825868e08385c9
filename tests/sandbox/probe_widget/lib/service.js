/* Where our service is: the only place with its address. */
define([], function () {
  'use strict';

  return { url: 'https://app.convailens.com' };
});
