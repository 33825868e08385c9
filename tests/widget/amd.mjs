// Loads the widget's AMD modules under Node as Kommo's loader does in a browser: each once, relative to the one that asks.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';

const WIDGET = resolve(dirname(fileURLToPath(import.meta.url)), '../../widget');
const loaded = new Map();

export function load(name) {
  return loadFile(resolve(WIDGET, name));
}

function loadFile(path) {
  if (!loaded.has(path)) {
    let defined = null;
    const define = (needs, make) => { defined = { needs, make }; };
    vm.compileFunction(readFileSync(path, 'utf8'), ['define'], { filename: path })(define);
    loaded.set(path, defined.make(...defined.needs.map((need) => loadFile(resolve(dirname(path), need)))));
  }
  return loaded.get(path);
}
