// A part of the panel that can be folded.
import { html } from "./lib.js";

export function Section({ title, note, open = true, children }) {
  return html`<details class="section" open=${open}>
    <summary><h3>${title}</h3>${note && html`<span class="note">${note}</span>`}</summary>
    <div class="section-body">${children}</div>
  </details>`;
}
