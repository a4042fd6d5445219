// Going through a list with the arrow keys: the list is one stop of the tabulator, not each thing in it.

/** A listener for keys: focuses the thing before or after the focused one; from the list itself, the last. */
export const stepping = (selector, back, forth) => (event) => {
  const step = { [back]: -1, [forth]: 1 }[event.key];
  if (!step) return;
  const all = [...event.currentTarget.querySelectorAll(selector)];
  const at = all.indexOf(document.activeElement);
  const next = at < 0 ? all.at(-1) : all[at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
};
