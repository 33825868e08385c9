/*
 * Making nodes, and redrawing only what changed.
 *
 * h('p.soft.small', {…}, children…) makes a <p class="convailens-soft convailens-small">. Text is only set as text.
 * Properties: `key` names a control, so that focus finds it again after a redraw; `on` holds listeners by event;
 * all others are attributes (true: present, false or null: absent).
 */
define([], function () {
  'use strict';

  const SVG = 'http://www.w3.org/2000/svg';
  const PREFIX = 'convailens-';

  function filled(node, classes, props, children) {
    if (classes.length) { node.setAttribute('class', classes.map((name) => PREFIX + name).join(' ')); }
    Object.entries(props || {}).forEach(([name, value]) => {
      if (name === 'on') {
        Object.entries(value).forEach(([event, listener]) => node.addEventListener(event, listener));
      } else if (name === 'key') {
        node.setAttribute('data-' + PREFIX + 'key', value);
      } else if (value !== null && value !== undefined && value !== false) {
        node.setAttribute(name, value === true ? '' : value);
      }
    });
    append(node, children);
    return node;
  }

  function append(node, children) {
    children.flat(Infinity).forEach((child) => {
      if (child === null || child === undefined || child === false || child === '') { return; }
      node.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
    });
  }

  function h(what, props, ...children) {
    const [tag, ...classes] = what.split('.');
    return filled(document.createElement(tag), classes, props, children);
  }

  function svg(what, props, ...children) {
    const [tag, ...classes] = what.split('.');
    return filled(document.createElementNS(SVG, tag), classes, props, children);
  }

  /*
   * A list of parts in `host`, redrawn part by part: parts(host) → show(list), a part is {name, of, draw, update}.
   * `draw()` makes its node; it is made again only when `of` (plain data: all that the part shows) differs from the
   * last time. `update(node)` is called each time, for what changes in place. A part without a node is left out.
   */
  function parts(host) {
    let shown = new Map();
    return function show(list) {
      const next = new Map();
      let place = host.firstChild;
      list.filter(Boolean).forEach((part) => {
        const sign = JSON.stringify(part.of === undefined ? null : part.of);
        const before = shown.get(part.name);
        const same = before && before.sign === sign;
        const node = same ? before.node : part.draw();
        if (before && !same) {
          if (place === before.node) { place = before.node.nextSibling; }
          before.node.remove();
        }
        shown.delete(part.name);
        next.set(part.name, { sign, node });
        if (node === place) {
          place = node.nextSibling;
        } else {
          host.insertBefore(node, place);
        }
        if (part.update) { part.update(node); }
      });
      shown.forEach((old) => old.node.remove());
      shown = next;
    };
  }

  const lists = new WeakMap();

  /* parts() for a host inside of a part, kept with its node. */
  function list(host, items) {
    if (!lists.has(host)) { lists.set(host, parts(host)); }
    lists.get(host)(items);
  }

  /*
   * Runs `redraw` and gives focus back to the control it was on; where that is gone, to the first that is there of
   * those that `follows(key)` names for it, else to `fallback()`.
   */
  function keepingFocus(root, follows, fallback, redraw) {
    const focused = root.contains(document.activeElement) ? document.activeElement : null;
    const key = focused && keyOf(focused);
    // One span may stand behind two criteria: then two controls have one key.
    const place = focused ? named(root, key).indexOf(focused) : 0;
    redraw();
    if (!focused || document.activeElement === focused) { return; }
    const again = named(root, key);
    (again[place] || again[0] || follows(key).flatMap((next) => named(root, next))[0] || fallback()).focus({ preventScroll: true });
  }

  function named(root, key) {
    return Array.from(root.querySelectorAll('[data-' + PREFIX + 'key]')).filter((node) => keyOf(node) === key);
  }

  function keyOf(node) {
    return node.getAttribute('data-' + PREFIX + 'key');
  }

  return { h, svg, parts, list, keepingFocus };
});
