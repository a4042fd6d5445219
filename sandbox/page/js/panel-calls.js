// What the bot has asked px6, newest first, and how near it is to the limit.
import { html } from "./lib.js";
import { stepping } from "./keys.js";
import { Section } from "./section.js";

const callByCall = stepping("summary", "ArrowUp", "ArrowDown");

export function Calls({ seller }) {
  const { meter = 0, limit = 3 } = seller.account ?? {};
  const note = html`<${Meter} meter=${meter} limit=${limit} />`;
  return html`<${Section} title="Calls" note=${note}>
    <div class="calls" role="region" aria-label="List of calls" tabindex="0" onKeyDown=${callByCall}>
      ${seller.calls.length === 0 && html`<p class="empty">Nothing asked yet.</p>`}
      <ol>${[...seller.calls].reverse().map((call) => html`<${Call} key=${call.number} call=${call} />`)}</ol>
    </div>
  <//>`;
}

function Meter({ meter, limit }) {
  return html`<span class="meter" role="img" aria-label=${`${meter} of ${limit} calls in the last second`}>
    ${Array.from({ length: limit }, (_, at) => html`<i key=${at} class=${at < meter ? "full" : ""}></i>`)}
    <span>${meter} of ${limit} in a second</span>
  </span>`;
}

/** A row that unfolds into what px6 answered. */
function Call({ call }) {
  const params = Object.entries(call.params).map(([name, value]) => `${name}=${value}`).join(" ");
  const [look, answer] = outcome(call);
  return html`<li><details>
    <summary class="call" tabindex="-1">
      <time>${new Date(call.at).toLocaleTimeString("en-GB")}</time>
      <span class="asked"><b>${call.method || "account"}</b> ${params}</span>
      <span class=${`answer ${look}`}>${answer}</span>
      <span class="took">${call.seconds === null ? "…" : `${Math.round(call.seconds * 1000)} ms`}</span>
    </summary>
    <pre class="said">${call.answer ?? "px6 did not process it."}</pre>
  </details></li>`;
}

function outcome({ status, error_id: error, processed, fault, seconds }) {
  if (seconds === null) return ["waits", "under way"];
  const done = fault && processed ? ", processed" : "";
  if (status === null) return ["bad", `no answer${done}`];
  if (status !== 200) return ["bad", `${status}${done}`];
  return error ? ["refusal", `no: ${error}`] : [fault ? "bad" : "good", fault ? `${fault}${done}` : "yes"];
}
