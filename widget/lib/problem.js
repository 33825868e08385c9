/*
 * What went wrong, in the one shape that the state knows. Problems are thrown; isProblem tells them from a mistake of
 * ours. `charged` is never true: the service charges for a result and for nothing else.
 */
define([], function () {
  'use strict';

  var GATEWAY = [502, 503, 504];

  function Problem(given) {
    this.code = given.code;
    this.status = given.status || 0;
    this.requestId = given.requestId || null;
    this.retryable = Boolean(given.retryable);
    this.retryAt = given.retryAt || null;
    this.charged = false;
    this.during = given.during || null;
    this.extra = given.extra || {};
  }

  // A document of the API's, or what a proxy says in its place (then `document` is null).
  function fromDocument(document, given) {
    var said = document && typeof document.code === 'string' ? document : null;
    var waitS = (said && said.retry_after_s) || given.retryAfterS || 0;
    var isGateway = !said && GATEWAY.indexOf(given.status) >= 0;
    return new Problem({
      code: said ? said.code : (isGateway ? 'maintenance' : 'unknown'),
      status: said ? said.status : given.status,
      requestId: (said && said.request_id) || given.requestId,
      retryable: said ? said.retryable : isGateway,
      retryAt: waitS ? given.now + waitS * 1000 : null,
      extra: said || {},
    });
  }

  function network() {
    return new Problem({ code: 'network', retryable: true });
  }

  return {
    Problem: Problem,
    fromDocument: fromDocument,
    network: network,
    isProblem: function (thrown) { return thrown instanceof Problem; },
    // A mistake of our own while something was under way: said, never swallowed.
    ours: function () { return new Problem({ code: 'unknown' }); },
    during: function (problem, what) { return new Problem(Object.assign({}, problem, { during: what })); },
  };
});
