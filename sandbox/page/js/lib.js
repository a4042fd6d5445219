// The renderer, and what every module of the page needs of it.
import { h, render } from "../vendor/preact.js";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "../vendor/hooks.js";
import htm from "../vendor/htm.js";

export const html = htm.bind(h);
export { render, useEffect, useLayoutEffect, useMemo, useRef, useState };

/** A thing that changes: it has `listeners`, and `changed()` makes everybody who uses it draw again. */
export class Store {
  listeners = new Set();

  changed() {
    for (const listener of this.listeners) listener();
  }
}

export function useStore(store) {
  const [, draw] = useReducer((count) => count + 1, 0);
  useLayoutEffect(() => {
    store.listeners.add(draw);
    draw();
    return () => store.listeners.delete(draw);
  }, [store]);
  return store;
}
