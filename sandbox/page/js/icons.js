// Line icons, drawn on 24 × 24.
import { html } from "./lib.js";

const PATHS = {
  send: "M3.4 20.6 21 12 3.4 3.4l-.1 6.7L15 12 3.3 13.9z",
  clip: "M16.5 6v11.2a4.3 4.3 0 0 1-8.6 0V5.3a2.8 2.8 0 0 1 5.6 0v10.9a1.3 1.3 0 0 1-2.6 0V6",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  keys: "M4 7h16v10H4zM8 11h.01M12 11h.01M16 11h.01M8 14h8",
  copy: "M9 9h10v11H9zM5 15V4h10",
  out: "M9 6h9v9M18 6 7 17",
  web: "M4 6h16v12H4zM4 10h16",
  check: "M4 12.5l4.5 4.5L18 7.5",
  checks: "M1.5 12.5 6 17l9.5-9.5M11 16.5l.5.5L21 7.5",
  down: "M6 9.5l6 6 6-6",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  back: "M15 5l-7 7 7 7",
  off: "M6 6l12 12M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z",
};
const FILLED = new Set(["send"]);

export function Icon({ name, size = 24 }) {
  const look = FILLED.has(name) ? { fill: "currentColor" } : { fill: "none", stroke: "currentColor" };
  return html`<svg class="icon" width=${size} height=${size} viewBox="0 0 24 24" aria-hidden="true"
    stroke-width=${name === "more" ? 3 : 1.8} stroke-linecap="round" stroke-linejoin="round" ...${look}>
    <path d=${PATHS[name]} />
  </svg>`;
}
