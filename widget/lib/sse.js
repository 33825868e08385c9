/*
 * Server-sent events out of bytes, however they are cut: create(onEvent) → {push(Uint8Array)}, where
 * onEvent(name, data) gets the data lines joined. Source: WHATWG HTML, "Server-sent events", without ids and
 * reconnection times. An event that is cut off before its blank line is not told.
 */
define([], () => {
  'use strict';

  function create(onEvent) {
    // A chunk's border may cut a character in two: the decoder keeps its first bytes. It drops a byte order mark.
    const decoder = new TextDecoder('utf-8');
    let rest = '';
    let isAfterReturn = false;
    let name = '';
    let data = [];

    function take(line) {
      if (!line) {
        const said = data;
        const called = name || 'message';
        name = '';
        data = [];
        if (said.length) { onEvent(called, said.join('\n')); }
        return;
      }
      const [field, value] = line.includes(':') ? split(line) : [line, ''];
      if (field === 'event') { name = value; }
      if (field === 'data') { data.push(value); } // All else is a comment, such as the heartbeat.
    }

    const split = (line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
    };

    return {
      push: (bytes) => {
        let text = decoder.decode(bytes, { stream: true });
        if (!text) { return; }
        // CR, LF and CRLF each end a line; a CRLF that a chunk's border cuts in two is still one end.
        if (isAfterReturn) { text = text.replace(/^\n/, ''); }
        isAfterReturn = text ? text.endsWith('\r') : false;
        const lines = (rest + text).split(/\r\n|\r|\n/);
        rest = lines.pop();
        lines.forEach(take);
      },
    };
  }

  return { create };
});
