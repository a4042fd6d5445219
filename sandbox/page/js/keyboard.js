// Buttons under a message, and the keyboard that a bot puts in place of the phone's own.
import { html } from "./lib.js";
import { safe } from "./entities.js";
import { Icon } from "./icons.js";
import { t } from "./words.js";

export function Keyboard({ message, chat, act }) {
  return html`<div class="keyboard" role="group">
    ${message.keyboard.map((row, at) => html`<div class="row" key=${at}>
      ${row.map((button, index) => html`<${Button} key=${index} button=${button} message=${message} chat=${chat} act=${act} />`)}
    </div>`)}
  </div>`;
}

function Button({ button, message, chat, act }) {
  const waits = "callback_data" in button && chat.tapped.has(`${message.message_id} ${button.callback_data}`);
  const look = `inline ${button.style ?? ""} ${waits ? "waiting" : ""}`;
  const label = html`<span class="label">${button.text}</span>`;
  if (button.url) {
    const go = (event) => {
      event.preventDefault();
      act.link(button.url, true);
    };
    return html`<a class=${look} href=${safe(button.url)} rel="noopener noreferrer" target="_blank" onClick=${go}>
      ${label}<${Icon} name="out" size=${13} /></a>`;
  }
  const mark = button.copy_text ? "copy" : button.web_app ? "web" : null;
  return html`<button type="button" class=${look} disabled=${"disabled" in button} aria-busy=${waits}
    onClick=${() => press(button, message, chat, act)}>
    ${label}${mark && html`<${Icon} name=${mark} size=${13} />`}${waits && html`<span class="spinner" aria-hidden="true"></span>`}
  </button>`;
}

function press(button, message, chat, act) {
  if ("callback_data" in button) chat.tap(message, button.callback_data);
  else if (button.copy_text) act.copy(button.copy_text.text);
  else chat.toastUp(t("In the chosen button nothing happens here"));
}

/** A reply keyboard: what is pressed is said, or asks for a person. */
export function ReplyKeyboard({ keyboard, chat }) {
  const press = (button) => {
    if (button.request_contact) chat.send({ contact: "+15550100" });
    else if (button.request_location) chat.send({ location: "52.52,13.40" });
    else if (button.request_users) chat.pick(button.text);
    else chat.send({ text: button.text });
  };
  return html`<div class=${`reply-keyboard ${keyboard.resize_keyboard ? "" : "tall"}`} role="group" aria-label=${t("Keyboard")}>
    ${keyboard.keyboard.map((row, at) => html`<div class="row" key=${at}>
      ${row.map((button, index) => html`<button key=${index} type="button" class="reply-key" onClick=${() => press(button)}>${button.text}</button>`)}
    </div>`)}
  </div>`;
}
