// Text and entities become nodes. Offsets are UTF-16 units, which is how JavaScript counts as well.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./lib.js";
import { Icon } from "./icons.js";
import { dateTime, fully } from "./time.js";
import { t } from "./words.js";

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const PLAIN = { bold: "strong", italic: "em", underline: "u", strikethrough: "s" };

/** A text with its entities. `act` has what a tap does: copy, link, command. Another text begins hidden and folded. */
export function Rich({ text, entities, act }) {
  return html`<${Opening} key=${text} text=${text} entities=${entities} act=${act} />`;
}

/** One tap reveals all spoilers, as long as the text stays. */
function Opening({ text, entities, act }) {
  const [open, setOpen] = useState(false);
  const sorted = [...(entities ?? [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return html`${between(text, 0, text.length, sorted, { act: { ...act, spoiler: () => setOpen(true) }, open })}`;
}

function between(text, from, to, entities, how) {
  const nodes = [];
  let at = from;
  let waiting = entities;
  while (waiting.length) {
    const [entity, ...others] = waiting;
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    const inside = others.filter((each) => each.offset < end);
    waiting = others.filter((each) => each.offset + each.length > end).map((each) => cut(each, end));
    if (start >= end) continue;
    if (start > at) nodes.push(text.slice(at, start));
    nodes.push(node(entity, text.slice(start, end), between(text, start, end, inside, how), how, start));
    at = end;
    if (BLOCKS.has(entity.type) && text[at] === "\n") at += 1; // a block ends its line by itself
  }
  if (at < to) nodes.push(text.slice(at, to));
  return nodes;
}

/** What is left of an entity after `at`. */
function cut(entity, at) {
  if (entity.offset >= at) return entity;
  return { ...entity, offset: at, length: entity.offset + entity.length - at };
}

function node(entity, raw, children, { act, open }, key) {
  const tag = PLAIN[entity.type];
  if (tag) return html`<${tag} key=${key}>${children}<//>`;
  switch (entity.type) {
    case "code":
      return html`<${Tap} key=${key} class="code" does=${() => act.copy(raw)} label=${`${t("Copy")}: ${raw}`}>${children}<//>`;
    case "pre":
      return html`<${Pre} key=${key} language=${entity.language} raw=${raw} act=${act}>${children}<//>`;
    case "spoiler":
      return open
        ? html`<span key=${key} class="spoiler open">${children}</span>`
        : html`<${Tap} key=${key} class="spoiler" does=${act.spoiler} label=${t("Reveal the hidden text")} hides>${children}<//>`;
    case "blockquote":
      return html`<blockquote key=${key}>${children}</blockquote>`;
    case "expandable_blockquote":
      return html`<${Folded} key=${key}>${children}<//>`;
    case "date_time":
      return html`<${Moment} key=${key} entity=${entity} text=${raw} act=${act} />`;
    case "text_link":
      return html`<${Link} key=${key} url=${entity.url} act=${act} asks>${children}<//>`;
    case "url":
      return html`<${Link} key=${key} url=${withScheme(raw)} act=${act}>${children}<//>`;
    case "email":
      return html`<${Link} key=${key} url=${`mailto:${raw}`} act=${act}>${children}<//>`;
    case "phone_number":
      return html`<${Link} key=${key} url=${`tel:${raw}`} act=${act}>${children}<//>`;
    case "bot_command":
      return html`<${Tap} key=${key} class="link" does=${() => act.command(raw)}>${children}<//>`;
    case "mention":
    case "hashtag":
    case "cashtag":
    case "text_mention":
      return html`<span key=${key} class="link">${children}</span>`;
    default:
      return html`<span key=${key}>${children}</span>`; // custom emoji and what is newer than this page
  }
}

const withScheme = (raw) => (/^[a-z][a-z0-9+.-]*:\/\//i.test(raw) ? raw : `http://${raw}`);

/**
 * Something in a line of text that does something when tapped. A real button would not break across lines. Only the
 * first of a message is a stop of the tabulator; left and right lead to the others.
 */
function Tap({ does, label, hides, children, ...rest }) {
  const act = (event) => {
    event.preventDefault();
    event.stopPropagation();
    does();
  };
  const keys = (event) => (event.key === "Enter" || event.key === " ") && act(event);
  return html`<span ...${rest} role="button" tabindex="-1" data-tap aria-label=${label} onClick=${act} onKeyDown=${keys}
    >${hides ? html`<span class="under" aria-hidden="true" inert>${children}</span>` : children}</span>`;
}

function Link({ url, act, asks, children }) {
  const go = (event) => {
    event.preventDefault();
    event.stopPropagation();
    act.link(url, asks);
  };
  return html`<a class="link" href=${safe(url)} rel="noopener noreferrer" target="_blank" onClick=${go}>${children}</a>`;
}

/** Only what a chat may lead to: never `javascript:`. */
export function safe(url) {
  return /^(https?|tg|ton|mailto|tel):/i.test(url) ? url : undefined;
}

function Pre({ language, raw, act, children }) {
  return html`<div class="pre">
    <div class="pre-head"><span>${language ?? ""}</span>
      <button type="button" class="bare" onClick=${() => act.copy(raw)}><${Icon} name="copy" size=${15} />${t("Copy")}</button>
    </div>
    <pre tabindex="0" aria-label=${language || t("Copy text")}>${children}</pre>
  </div>`;
}

function Folded({ children }) {
  const [open, setOpen] = useState(false);
  const content = useRef(null);
  const long = useLong(content, open);
  const label = open ? t("Fold the quotation") : t("Show the whole quotation");
  return html`<blockquote class=${`folding ${open ? "open" : ""} ${long ? "long" : ""}`} onClick=${() => long && setOpen(true)}>
    <span class="fold-text" ref=${content}>${children}</span>
    ${long && html`<button type="button" class="fold bare" aria-expanded=${open} aria-label=${label}
      onClick=${(event) => (event.stopPropagation(), setOpen(!open))}><${Icon} name="down" size=${16} /></button>`}
  </blockquote>`;
}

/** Whether a folded text is longer than what is shown of it, at any width. What was open stays so. */
function useLong(content, open) {
  const [long, setLong] = useState(false);
  useLayoutEffect(() => {
    if (open) return undefined;
    const measure = () => setLong(content.current.scrollHeight > content.current.clientHeight + 1);
    const sized = new ResizeObserver(measure);
    sized.observe(content.current);
    measure();
    return () => sized.disconnect();
  }, [open]);
  return long;
}

function Moment({ entity, text, act }) {
  const [, tick] = useState(0);
  const moving = entity.date_time_format === "r";
  useEffect(() => {
    if (!moving) return undefined;
    const timer = setInterval(() => tick((count) => count + 1), 10_000);
    return () => clearInterval(timer);
  }, [moving]);
  const date = new Date(entity.unix_time * 1000);
  return html`<${Tap} class="moment" does=${() => act.moment(fully(date))}
    ><time dateTime=${date.toISOString()}>${dateTime(entity.unix_time, entity.date_time_format, text)}</time><//>`;
}
