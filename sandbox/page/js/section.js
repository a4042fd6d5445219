// A part of the panel that can be folded. What is folded away is not drawn.
import { html, useState } from "./lib.js";

export function Section({ title, note, open = true, children }) {
  const [shown, setShown] = useState(open);
  return html`<details class="section" open=${shown} onToggle=${(event) => setShown(event.target.open)}>
    <summary><h3>${title}</h3>${note && html`<span class="note">${note}</span>`}</summary>
    ${shown && html`<div class="section-body">${children}</div>`}
  </details>`;
}
