// One message: its bubble, its file, its keyboard.
import { html, useLayoutEffect, useRef } from "./lib.js";
import { Rich } from "./entities.js";
import { Icon } from "./icons.js";
import { stepping } from "./keys.js";
import { Keyboard } from "./keyboard.js";
import { clock } from "./time.js";
import { t } from "./words.js";

const LONG_PRESS_MILLISECONDS = 500;
const EFFECTS = {
  5104841245755180586: "🔥",
  5107584321108051014: "👍",
  5104858069142078462: "👎",
  5159385139981059251: "❤️",
  5046509860389126442: "🎉",
  5046589136895476101: "💩",
};

export function Message({ message, chat, act, last }) {
  const own = message.from === "person";
  const menu = (event) => {
    event.preventDefault();
    chat.open({ kind: "actions", message });
  };
  const press = useLongPress(() => chat.open({ kind: "actions", message }));
  const keys = (event) => event.key === "Enter" && event.target === event.currentTarget && menu(event);
  const picture = message.kind === "photo";
  const bubble = ["bubble", last && "tailed", picture && "pictured", picture && !message.text && "bare-picture"];
  return html`<article class=${`message ${own ? "own" : "incoming"}`} data-id=${message.message_id} tabindex="-1"
      aria-label=${own ? message.text || t("Message") : undefined}
      onContextMenu=${menu} onKeyDown=${keys} ...${press}>
    <div class=${bubble.filter(Boolean).join(" ")}>
      <${Quoted} id=${message.reply_to} chat=${chat} />
      <${Attachment} message=${message} chat=${chat} />
      <${Body} message=${message} act=${act} own=${own} />
      <${Effect} id=${message.effect} />
    </div>
    ${message.keyboard?.length ? html`<${Keyboard} message=${message} chat=${chat} act=${act} />` : null}
  </article>`;
}

const tapByTap = stepping("[data-tap]", "ArrowLeft", "ArrowRight");

function Body({ message, act, own }) {
  const text = message.text || other(message);
  const line = useRef(null);
  useLayoutEffect(() => line.current?.querySelector("[data-tap]")?.setAttribute("tabindex", "0"));
  return html`<div class="body">
    ${text && html`<span class="text" dir="auto" ref=${line} onKeyDown=${tapByTap}><${Rich} text=${text} entities=${message.entities} act=${act} /></span>`}
    <${Reactions} reactions=${message.reactions} />
    <span class="meta">
      ${message.edited && html`<span class="edited">${t("edited")}</span>`}
      <time>${clock(new Date(message.date * 1000))}</time>
      ${own && html`<${Icon} name="checks" size=${16} />`}
    </span>
  </div>`;
}

/** What has no text and no file: a place, a phone number, people, a die. */
function other({ media, kind, rich }) {
  if (rich) return blocks(rich.blocks);
  if (!media || kind === "photo" || media[kind]?.file_id) return kind === "sticker" ? media?.sticker?.emoji || t("Sticker") : "";
  if (media.contact) return `☎ ${media.contact.first_name} ${media.contact.phone_number}`;
  if (media.users_shared) return `👤 ${media.users_shared.users.map((each) => each.first_name ?? each.user_id).join(", ")}`;
  if (media.location) return `📍 ${media.location.latitude}, ${media.location.longitude}`;
  if (media.dice) return `${media.dice.emoji} ${media.dice.value}`;
  return kind === "text" ? "" : `[${kind}]`;
}

/** A rich message as plain lines. */
function blocks(part) {
  if (typeof part === "string") return part;
  if (Array.isArray(part)) return part.map(blocks).filter(Boolean).join("\n");
  if (!part || typeof part !== "object") return "";
  return Object.entries(part).filter(([name]) => name !== "type").map(([, value]) => blocks(value)).filter(Boolean).join(" ");
}

function Quoted({ id, chat }) {
  const quoted = id && chat.message(id);
  if (!quoted) return null;
  const show = () => document.querySelector(`[data-id="${id}"]`)?.scrollIntoView({ block: "center" });
  const name = quoted.from === "bot" ? chat.state.bot?.name : chat.state.person?.first_name;
  return html`<button type="button" class="quoted bare" onClick=${show}>
    <b>${name}</b><span>${quoted.text || t("Photo")}</span>
  </button>`;
}

function Attachment({ message, chat }) {
  const { file, kind, media } = message;
  if (!file) return null;
  if (kind === "photo") {
    const size = media?.photo?.at(-1) ?? {};
    const look = () => chat.open({ kind: "picture", url: file.url, text: message.text });
    return html`<button type="button" class="picture bare" onClick=${look} aria-label=${t("Open the picture")}>
      <img src=${file.url} width=${size.width} height=${size.height} alt="" loading="lazy" />
    </button>`;
  }
  if (kind === "sticker") return null;
  if (kind === "animation" || kind === "video") {
    return html`<video class="picture" src=${file.url} controls muted loop=${kind === "animation"}></video>`;
  }
  if (kind === "voice" || kind === "audio") return html`<audio src=${file.url} controls></audio>`;
  return html`<a class="document" href=${file.url} download=${file.name}>
    <span class="document-icon"><${Icon} name="file" size=${22} /></span>
    <span class="document-text"><b>${file.name}</b><small>${size(file.size)}</small></span>
  </a>`;
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

function Reactions({ reactions }) {
  if (!reactions?.length) return null;
  return html`<span class="reactions">${reactions.map((one) => html`<span class="reaction">${one.emoji ?? "⭐"}</span>`)}</span>`;
}

function Effect({ id }) {
  const emoji = EFFECTS[id];
  return emoji ? html`<span class="effect" aria-hidden="true">${emoji}</span>` : null;
}

function useLongPress(does) {
  const timer = useRef(null);
  const stop = () => clearTimeout(timer.current);
  const start = (event) => {
    if (event.pointerType !== "touch") return;
    stop();
    timer.current = setTimeout(does, LONG_PRESS_MILLISECONDS);
  };
  return { onPointerDown: start, onPointerUp: stop, onPointerCancel: stop, onPointerMove: stop };
}
