// The seller's side: px6 and the bot's process, to look at and to play tricks with.
import { html, useEffect, useRef, useState, useStore } from "./lib.js";
import { Icon } from "./icons.js";
import { Calls } from "./panel-calls.js";
import { Proxies } from "./panel-proxies.js";
import { Stock } from "./panel-stock.js";
import { Section } from "./section.js";
import { clock as hours, day, now } from "./time.js";

/** Its own words and times are English, whatever the phone speaks. */
export const LANGUAGE = "en";

/** Over the phone, where there is no room beside it: a modal dialog, which keeps the focus and closes with Escape. */
export function Sheet({ seller, close }) {
  const element = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current.showModal();
    return () => before?.isConnected && before.focus({ preventScroll: true });
  }, []);
  return html`<dialog ref=${element} class="sheet" onClose=${close} aria-label="The seller's side" lang=${LANGUAGE}>
    <${Panel} seller=${seller} close=${() => element.current.close()} />
  </dialog>`;
}

export function Panel({ seller, close, alone }) {
  useStore(seller);
  useEffect(() => seller.watch(), [seller]);
  return html`<aside class=${`panel ${alone ? "alone" : ""}`} aria-label="The seller's side" lang=${LANGUAGE}>
    <header class="panel-head">
      ${close && html`<button type="button" class="round" aria-label="Close" onClick=${close}><${Icon} name="back" /></button>`}
      <h2>px6, seen from the seller</h2>
      <${Bot} seller=${seller} />
    </header>
    <div class="panel-body" tabindex="0" role="region" aria-label="px6 and the bot">
      ${seller.error && html`<p class="refused" role="alert">${seller.error}</p>`}
      <${Account} seller=${seller} />
      <${Clock} seller=${seller} />
      <${Faults} seller=${seller} />
      <${Calls} seller=${seller} />
      <${Proxies} seller=${seller} />
      <${Stock} seller=${seller} />
      <${MoreFaults} seller=${seller} />
    </div>
  </aside>`;
}

function Bot({ seller }) {
  if (!seller.bot) return null;
  const { running, listens, pid, exit } = seller.bot;
  const does = (what) => () => seller.order("bot", { do: what });
  return html`<div class="bot" role="group" aria-label="The bot's process">
    <span class=${`lamp ${listens ? "on" : running ? "soon" : ""}`}></span>
    <span class="bot-state">${running ? `bot ${listens ? "runs" : "starts"}, ${pid}` : `bot is off${exit === null || exit === undefined ? "" : `, ${exit}`}`}</span>
    ${running
      ? html`<button type="button" onClick=${does("stop")}>Stop</button><button type="button" class="danger" onClick=${does("kill")}>Kill</button>`
      : html`<button type="button" class="primary" onClick=${does("start")}>Start</button>`}
  </div>`;
}

function Account({ seller }) {
  const account = seller.account;
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  if (!account) return null;
  const copy = () => navigator.clipboard.writeText(account.key).then(() => setCopied(true), () => setCopied(false));
  const order = (name, body) => () => seller.order(name, { key: account.key, ...body });
  return html`<section class="section" aria-label="Account">
    <div class="key">
      <span class="field"><small>API key: paste it into the chat</small><code>${account.key}</code></span>
      <button type="button" class="primary" onClick=${copy}>${copied ? "Copied" : "Copy key"}</button>
    </div>
    <div class="money">
      <span class="field"><small>Account ${account.user_id}${account.revoked ? ", key revoked" : ""}</small>
        <b class="balance">${Number(account.balance).toLocaleString("en", { minimumFractionDigits: 2 })} ${account.currency}</b></span>
      <span class="field"><small>Proxies</small><b>${account.active} active of ${account.proxies}</b></span>
    </div>
    <div class="buttons">
      <button type="button" onClick=${order("top-up", { amount: "100" })}>+100</button>
      <button type="button" onClick=${order("top-up", { amount: "1000" })}>+1,000</button>
      <button type="button" onClick=${order("top-up", { amount: `-${account.balance}` })}>Empty</button>
      ${account.revoked
        ? html`<button type="button" onClick=${order("new-key")}>New key</button>`
        : html`<button type="button" class="danger" onClick=${order("revoke")}>Revoke the key</button>`}
    </div>
    <${Accounts} seller=${seller} />
  </section>`;
}

function Accounts({ seller }) {
  const add = async () => {
    const made = await seller.order("accounts", { demo: true });
    if (made) await seller.show(made.user_id);
  };
  return html`<div class="buttons">
    ${seller.accounts.length > 1 && html`<select aria-label="Account" value=${seller.userId} onChange=${(event) => seller.show(event.target.value)}>
      ${seller.accounts.map((each) => html`<option key=${each.user_id} value=${each.user_id}>Account ${each.user_id}</option>`)}
    </select>`}
    <button type="button" onClick=${add}>Another account</button>
  </div>`;
}

function Clock({ seller }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const moved = seller.clock?.offset_seconds ?? 0;
  const note = moved ? `moved by ${span(moved)}` : "real time";
  return html`<section class="section" aria-label="Clock">
    <div class="line"><span class="field"><small>Clock of px6 and of the bot, ${note}</small><b>${day(now(), LANGUAGE)}, ${hours(now(), LANGUAGE)}</b></span></div>
    <div class="buttons">
      <button type="button" onClick=${() => seller.order("clock", { hours: 3 })}>+3 hours</button>
      <button type="button" onClick=${() => seller.order("clock", { days: 1 })}>+1 day</button>
      ${seller.reminders && html`<button type="button" onClick=${() => seller.order("next-reminder")}>Next reminder</button>`}
    </div>
  </section>`;
}

function span(seconds) {
  const sizes = [[86400, "d"], [3600, "h"], [60, "min"]];
  const parts = [];
  let left = Math.round(Math.abs(seconds));
  for (const [size, unit] of sizes) {
    if (left >= size) parts.push(`${Math.floor(left / size)} ${unit}`);
    left %= size;
  }
  return `${seconds < 0 ? "−" : ""}${parts.join(" ") || "less than a minute"}`;
}

const SPENDS = ["buy", "prolong"]; // one fault for both: it strikes whichever comes first, and is over
const TRICKS = [
  ["silent_after", "No answer after processing", { method: SPENDS }],
  ["500_after", "500 after processing", { method: SPENDS }],
  ["429", "429, too many calls", { times: 3 }],
  ["500_before", "500 and nothing done", { times: 1 }],
  ["slow", "Slow: 4 seconds", { times: null, seconds: 4 }],
  ["down", "Down: nobody connects", { times: null }],
];

const LIES = [
  ["429_after", "429 after processing", { method: SPENDS }],
  ["no_after", "Error 30 after processing", { method: SPENDS }],
  ["old_before", "A yes to nothing: old ends", { method: SPENDS }],
  ["stranger_after", "Another account's answer", { method: SPENDS }],
  ["half", "Takes the money, delivers late", { method: SPENDS }],
  ["notice", "PHP notices around the answers", { times: null }],
  ["endless", "A list without end", { times: null, method: "getproxy" }],
  ["odd_comments", "Comments with odd characters", { times: null, method: "getproxy" }],
];

const WEATHER = [
  ["page", "502 with a page, ten times", { code: 502, answer: "html", times: 10 }],
  ["cut", "Done, but the connection is cut", { code: 0, after: true }],
  ["pause", "429, a pause of 15 seconds", { code: 429, retry_after: 15 }],
  ["no-edit", "No message can be edited: three", { method: "editMessageText", code: 400, description: "MESSAGE_ID_INVALID", times: 3 }],
];

function Faults({ seller }) {
  return html`<section class="section" aria-label="Faults">
    <small class="field">Let the next calls of px6 go wrong</small>
    <${Tricks} seller=${seller} tricks=${TRICKS} />
  </section>`;
}

function Tricks({ seller, tricks }) {
  const on = new Set(seller.faults.map((fault) => fault.kind));
  const set = (kind, how) => (on.has(kind) ? seller.lift(kind) : seller.order("faults", { kind, ...how }));
  return html`<div class="switches">
    ${tricks.map(([kind, label, how]) => html`<${Switch} key=${kind} on=${on.has(kind)} label=${label} flip=${() => set(kind, how)} />`)}
  </div>`;
}

/** Folded, so that what is looked at most stays above the fold. */
function MoreFaults({ seller }) {
  const blows = new Set(seller.weather.map((fault) => fault.name));
  const blow = (name, how) => (blows.has(name) ? seller.calm(name) : seller.order("telegram/fail", { name, ...how }));
  return html`<${Section} title="More faults" note="px6's lies, Telegram's weather" open=${false}>
    <small class="field">Let px6 lie about the next payment, be late, or answer oddly</small>
    <${Tricks} seller=${seller} tricks=${LIES} />
    <div class="buttons">
      <button type="button" onClick=${() => seller.order("process-late")}>Deliver what is late</button>
    </div>
    <small class="field">Let the next calls of Telegram go wrong</small>
    <div class="switches">
      ${WEATHER.map(([name, label, how]) => html`<${Switch} key=${name} on=${blows.has(name)} label=${label} flip=${() => blow(name, how)} />`)}
    </div>
  <//>`;
}

function Switch({ on, label, flip }) {
  return html`<button type="button" class="switch" role="switch" aria-checked=${on} onClick=${flip}><span class="track" aria-hidden="true"></span>${label}</button>`;
}
