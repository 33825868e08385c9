/*
 * Server-sent events out of bytes, however they are cut: WHATWG HTML, "Server-sent events", without what only a
 * browser's EventSource needs (ids, the reconnection time).
 *
 * create(onEvent) → {push(Uint8Array), end()}; onEvent(name, data) with the data lines joined.
 */
define([], function () {
  'use strict';

  function create(onEvent) {
    // A character may be cut in two by the border of a chunk: the decoder keeps its first bytes. It drops a BOM.
    var decoder = new TextDecoder('utf-8');
    var rest = '';
    var afterReturn = false;
    var name = '';
    var data = [];

    function field(line) {
      var colon = line.indexOf(':');
      if (colon === 0) { return; } // A comment: the service's heartbeat.
      var key = colon < 0 ? line : line.slice(0, colon);
      var value = colon < 0 ? '' : line.slice(colon + 1);
      if (value.charAt(0) === ' ') { value = value.slice(1); }
      if (key === 'event') { name = value; }
      if (key === 'data') { data.push(value); }
    }

    function line(text) {
      if (text) {
        field(text);
        return;
      }
      var said = data;
      var called = name || 'message';
      name = '';
      data = [];
      if (said.length) { onEvent(called, said.join('\n')); }
    }

    function take(text) {
      // CR, LF and CRLF all end a line; a CRLF that the border of a chunk cuts in two is still one end.
      if (afterReturn && text.charAt(0) === '\n') { text = text.slice(1); }
      if (text) { afterReturn = text.charAt(text.length - 1) === '\r'; }
      var lines = (rest + text).split(/\r\n|\r|\n/);
      rest = lines.pop();
      lines.forEach(line);
    }

    return {
      push: function (bytes) {
        var text = decoder.decode(bytes, { stream: true });
        if (text) { take(text); }
      },

      // An event without its blank line was cut off: it is dropped, as the standard says.
      end: function () {
        decoder.decode();
        rest = '';
        data = [];
      },
    };
  }

  return { create: create };
});
