// What lies over the chat: alerts, questions before a link, a picture, what can be done with a message.
import { html, useEffect, useRef } from "./lib.js";
import { Icon } from "./icons.js";
import { t } from "./words.js";

export function Dialogs({ chat }) {
  const dialog = chat.dialog;
  if (!dialog) return null;
  const close = () => chat.close();
  const Kind = KINDS[dialog.kind];
  return html`<${Over} key=${dialog.kind} close=${close} kind=${dialog.kind}><${Kind} ...${dialog} chat=${chat} close=${close} /><//>`;
}

/** A real modal dialog: it takes the focus, keeps it, and gives it back. */
function Over({ close, kind, children }) {
  const element = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current.showModal();
    return () => before?.isConnected && before.focus({ preventScroll: true });
  }, []);
  const outside = (event) => event.target === element.current && close();
  return html`<dialog ref=${element} class=${`over for-${kind}`} onClick=${outside} onClose=${close} aria-label=${t(LABELS[kind])}>
    ${children}
  </dialog>`;
}

function Alert({ text, close }) {
  return html`<p class="said">${text}</p>
    <div class="choices"><button type="button" class="choice" onClick=${close} autofocus>${t("OK")}</button></div>`;
}

function Link({ url, close }) {
  const go = () => {
    window.open(url, "_blank", "noopener,noreferrer");
    close();
  };
  return html`<h2>${t("Open this link?")}</h2><p class="address">${url}</p><${Choices} yes=${t("Open")} go=${go} close=${close} />`;
}

function Socks({ url, close, chat }) {
  const query = new URL(url).searchParams;
  const rows = [["Server", "server"], ["Port", "port"], ["Username", "user"], ["Password", "pass"]];
  const go = () => {
    close();
    chat.toastUp(t("In Telegram the proxy would now be on"));
  };
  return html`<h2>${t("Use this proxy?")}</h2><p>${t("Telegram would send its traffic through it.")}</p>
    <dl>${rows.filter(([, name]) => query.get(name)).map(([label, name]) => html`<dt>${t(label)}</dt><dd>${query.get(name)}</dd>`)}</dl>
    <${Choices} yes=${t("Turn on")} go=${go} close=${close} />`;
}

function Choices({ yes, go, close }) {
  return html`<div class="choices">
    <button type="button" class="choice quiet" onClick=${close}>${t("Cancel")}</button>
    <button type="button" class="choice" onClick=${go} autofocus>${yes}</button>
  </div>`;
}

function Picture({ url, text, close }) {
  return html`<button type="button" class="round leave" aria-label=${t("Close")} onClick=${close} autofocus><${Icon} name="close" /></button>
    <img src=${url} alt=${text || t("Photo")} onClick=${close} />${text && html`<p>${text}</p>`}`;
}

function Actions({ message, chat, close }) {
  const own = message.from === "person";
  const list = [
    [t("Reply"), () => chat.reply(message)],
    message.text && [t("Copy text"), () => chat.copy(message.text, t("Copied"))],
    own && message.kind === "text" && [t("Edit"), () => chat.edits(message)],
    [t("Delete for both"), () => chat.remove(message), "danger"],
  ];
  return html`<${List} list=${list} close=${close} />`;
}

export function List({ list, close }) {
  return html`<ul class="list">${list.filter(Boolean).map(([label, does, look]) => html`<li key=${label}>
    <button type="button" class=${look ?? ""} onClick=${() => (close(), does())}>${label}</button></li>`)}</ul>`;
}

function Menu({ title, list, close }) {
  return html`<h2>${title}</h2><${List} list=${list} close=${close} />`;
}

const KINDS = { alert: Alert, link: Link, socks: Socks, picture: Picture, actions: Actions, menu: Menu };
const LABELS = {
  alert: "Message",
  link: "Open this link?",
  socks: "Use this proxy?",
  picture: "Photo",
  actions: "Message actions",
  menu: "Menu",
};
