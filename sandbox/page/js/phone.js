// The phone: header, messages, composer.
import { html, useEffect, useLayoutEffect, useRef, useState, useStore } from "./lib.js";
import { Composer } from "./composer.js";
import { Dialogs } from "./dialogs.js";
import { Rich } from "./entities.js";
import { Icon } from "./icons.js";
import { stepping } from "./keys.js";
import { Message } from "./message.js";
import { day, now } from "./time.js";
import { t } from "./words.js";

const NEAR_THE_END = 48;

/** `away` says why the bot does not answer, if it is known. */
export function Phone({ chat, menu, away }) {
  useStore(chat);
  const act = actions(chat);
  const { messages, blocked } = chat.state;
  const fresh = chat.loaded && !messages.length;
  return html`<main class="phone" aria-label=${chat.state.bot?.name ?? "Chat"}>
    <${Header} chat=${chat} menu=${menu} away=${away} />
    <${Log} chat=${chat} act=${act} />
    ${blocked
      ? html`<${BigButton} label=${t("Restart")} does=${() => restart(chat)} />`
      : fresh
        ? html`<${BigButton} label=${t("Start")} does=${() => chat.say("/start")} />`
        : html`<${Composer} chat=${chat} />`}
    <${Dialogs} chat=${chat} />
  </main>`;
}

async function restart(chat) {
  if (await chat.change({ blocked: false })) await chat.say("/start");
}

/** What a tap on something in a message does. */
function actions(chat) {
  return {
    copy: (text) => chat.copy(text, t("Copied")),
    command: (text) => chat.say(text),
    moment: (text) => chat.toastUp(text),
    link: (url, asks) => {
      const parsed = URL.canParse(url) ? new URL(url) : null;
      const start = startOf(parsed, chat.state.bot?.username);
      if (isSocks(parsed)) chat.open({ kind: "socks", url });
      else if (start) chat.open({ kind: "menu", title: t("Open the bot as"), list: starters(chat, start) });
      else if (asks && parsed?.origin !== location.origin) chat.open({ kind: "link", url });
      else window.open(url, "_blank", "noopener,noreferrer");
    },
  };
}

/** What a link to the bot, or one to be shared, makes its reader send after /start. */
function startOf(url, username) {
  if (!url || !/^(www\.)?t(elegram)?\.me$/.test(url.hostname)) return null;
  if (url.pathname === "/share/url") {
    const shared = url.searchParams.get("url");
    return URL.canParse(shared) ? startOf(new URL(shared), username) : null;
  }
  return url.pathname.toLowerCase() === `/${username?.toLowerCase()}` ? url.searchParams.get("start") : null;
}

/** Who can follow the link here: this person, or the next one in a tab of their own. */
function starters(chat, start) {
  const next = String(chat.user + 1);
  const query = new URLSearchParams(location.search);
  query.set("user", next);
  query.set("start", start);
  return [
    [`${t("Person")} ${next}`, () => window.open(`/?${query}`, "_blank")],
    [`${t("Person")} ${chat.user}`, () => chat.say(`/start ${start}`)],
  ];
}

const isSocks = (url) =>
  url && ((/^(www\.)?t(elegram)?\.me$/.test(url.hostname) && url.pathname === "/socks") || (url.protocol === "tg:" && /socks/.test(url.host + url.pathname)));

function Header({ chat, menu, away }) {
  const { bot } = chat.state;
  const status = !chat.online ? t("connecting…") : (away ?? (chat.typing ? t("typing…") : t("bot")));
  const name = bot?.name ?? "…";
  return html`<header class="bar">
    <span class="avatar" aria-hidden="true">${[...name].slice(0, 1)}</span>
    <span class="who"><h1>${name}</h1><span class=${chat.typing ? "status lively" : "status"} aria-live="polite">${status}</span></span>
    <button type="button" class="round" aria-label=${t("Menu")} aria-haspopup="dialog" onClick=${() => chat.open({ kind: "menu", ...menu() })}><${Icon} name="more" /></button>
  </header>`;
}

function BigButton({ label, does }) {
  return html`<footer class="composer"><button type="button" class="big" onClick=${does}>${label}</button></footer>`;
}

function Log({ chat, act }) {
  const log = useRef(null);
  const content = useRef(null);
  const atEnd = useRef(true);
  const [away, setAway] = useState(false);
  const { messages, bot, drafts } = chat.state;
  const toEnd = () => (log.current.scrollTop = log.current.scrollHeight);
  const last = messages.at(-1);

  useLayoutEffect(() => {
    if (atEnd.current || last?.from === "person") toEnd();
  }, [last?.message_id, chat.loaded]);
  useEffect(() => {
    const grown = new ResizeObserver(() => atEnd.current && toEnd());
    grown.observe(content.current);
    grown.observe(log.current);
    return () => grown.disconnect();
  }, []);
  const scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = log.current;
    atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
    setAway(!atEnd.current);
  };

  return html`<section class="log-frame">
    <div class="log" ref=${log} onScroll=${scrolled} tabindex="0" role="log" aria-label=${t("Messages")} onKeyDown=${walk}>
      <div class="content" ref=${content}>
        ${chat.loaded && bot?.description && !messages.length && html`<${About} bot=${bot} act=${act} />`}
        ${groups(messages).map((group) => html`<${Group} key=${group.key} group=${group} chat=${chat} act=${act} />`)}
        ${drafts.map((draft) => html`<div class="message incoming draft" key=${`d${draft.draft_id}`}><div class="bubble"><div class="body">
          <span class="text"><${Rich} text=${draft.text} entities=${draft.entities} act=${act} /></span></div></div></div>`)}
        ${chat.state.blocked && html`<p class="service">${t("You have blocked this bot")}</p>`}
      </div>
    </div>
    ${away && html`<button type="button" class="round to-end" aria-label=${t("To the newest message")} onClick=${toEnd}><${Icon} name="down" /></button>`}
    <div class=${`toast ${chat.toast ? "up" : ""}`} role="status">${chat.toast}</div>
  </section>`;
}

/** Up and down go from message to message; Enter opens what can be done with one. */
const messageByMessage = stepping("article", "ArrowUp", "ArrowDown");

function walk(event) {
  if (!event.target.closest("button, a, [role=button], pre")) messageByMessage(event);
}

function About({ bot, act }) {
  return html`<div class="card"><b>${t("What can this bot do?")}</b>
    <p><${Rich} text=${bot.description} entities=${[]} act=${act} /></p></div>`;
}

/** Messages of one side that follow each other; a new day begins a new group. */
function groups(messages) {
  const found = [];
  for (const message of messages) {
    const date = new Date(message.date * 1000).toDateString();
    const current = found.at(-1);
    if (current?.date === date && current.from === message.from) current.messages.push(message);
    else found.push({ key: message.message_id, date, from: message.from, messages: [message], opens: current?.date !== date });
  }
  return found;
}

function Group({ group, chat, act }) {
  const date = new Date(group.messages[0].date * 1000);
  const title = date.toDateString() === now().toDateString() ? t("Today") : day(date);
  return html`<div class="group">
    ${group.opens && html`<p class="service">${title}</p>`}
    ${group.messages.map((message, at) => html`<${Message} key=${message.message_id} message=${message} chat=${chat} act=${act}
      last=${at === group.messages.length - 1} />`)}
  </div>`;
}
