/*
 * What went wrong, in the one shape that the state knows: {code, status, requestId, retryable, retryAt (ms) | null,
 * charged: false | null, during: 'open' | 'run' | 'reply' | 'words' | 'paste', extra (the API's document)}. It is thrown;
 * isProblem tells it from a mistake of ours. Nothing but a result is ever charged; `charged` is null where nobody told
 * whether there is one: the run may go on without us.
 *
 * Codes beside the API's: 'network' (no answer), 'offline', 'maintenance' (a proxy's page in the place of an answer),
 * 'session' (Kommo's token was refused: reload the page), 'unknown'.
 */
define([], () => {
  'use strict';

  const GATEWAY = [502, 503, 504];

  class Problem {
    constructor(given) {
      Object.assign(this, {
        code: 'unknown', status: 0, requestId: null, retryable: false, retryAt: null, charged: false, during: null,
        extra: {},
      }, given);
    }
  }

  // `said` is what was parsed of the body: a document of the API's, or anything else in its place.
  function fromDocument(said, { status, now, requestId, retryAfterS }) {
    const isOurs = Boolean(said) && typeof said.code === 'string';
    const passes = GATEWAY.includes(status);
    const waitS = (isOurs && said.retry_after_s) || retryAfterS;
    return new Problem({
      code: isOurs ? said.code : (passes ? 'maintenance' : 'unknown'),
      status: isOurs ? said.status : status,
      requestId: (isOurs && said.request_id) || requestId || null,
      retryable: isOurs ? Boolean(said.retryable) : passes,
      retryAt: waitS ? now + waitS * 1000 : null,
      charged: isOurs || !passes ? false : null,
      extra: isOurs ? said : {},
    });
  }

  return {
    Problem,
    fromDocument,
    isProblem: (thrown) => thrown instanceof Problem,
    network: () => new Problem({ code: 'network', retryable: true, charged: null }),
    unsure: (problem) => new Problem({ ...problem, charged: null }),
    ours: () => new Problem(),
    named: (problem, code) => new Problem({ ...problem, code }),
    during: (problem, during) => new Problem({ ...problem, during }),
  };
});
