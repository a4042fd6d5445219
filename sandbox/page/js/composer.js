// Where the person writes: commands on the left, the text, a file, the bot's own keyboard.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./lib.js";
import { Icon } from "./icons.js";
import { ReplyKeyboard } from "./keyboard.js";
import { t } from "./words.js";

export function Composer({ chat }) {
  const [text, setText] = useState("");
  const [menu, setMenu] = useState(false);
  const [chosen, setChosen] = useState(0);
  const [folded, setFolded] = useState(false);
  const field = useRef(null);
  const footer = useRef(null);
  const { bot, reply_keyboard: keyboard } = chat.state;
  const commands = bot?.commands ?? [];
  const begun = /^\/(\w*)$/.exec(text);
  const offered = menu ? commands : begun ? commands.filter((each) => each.command.startsWith(begun[1].toLowerCase())) : [];
  const keys = keyboard?.keyboard;

  useLayoutEffect(() => grow(field.current), [text]);
  useLayoutEffect(() => setChosen(0), [text, menu]); // at once: an arrow key may follow
  useEffect(() => setFolded(false), [keyboard]);
  useEffect(() => keyboard?.force_reply && field.current?.focus(), [keyboard]);
  useEffect(() => chat.replyTo && field.current?.focus(), [chat.replyTo]);
  useElsewhere(footer, menu, () => setMenu(false));
  useEffect(() => {
    if (chat.editing) setText(chat.editing.text);
    field.current?.focus({ preventScroll: true });
  }, [chat.editing]);

  const send = async () => {
    const said = text.trim();
    if (!said) return;
    setText("");
    setMenu(false);
    const editing = chat.editing;
    if (editing) chat.edits(null);
    const worked = await (editing ? chat.edit(editing, said) : chat.say(said));
    if (!worked) setText((now) => now || said); // nothing typed is lost
  };
  const run = async (command) => {
    setText("");
    setMenu(false);
    field.current?.focus();
    if (!(await chat.say(`/${command}`))) setText((now) => now || `/${command}`);
  };
  const typed = (event) => {
    setMenu(false);
    setText(event.target.value);
  };
  const pressed = (event) => {
    if (event.isComposing) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (offered.length && move) setChosen((chosen + move + offered.length) % offered.length);
    else if (offered.length && event.key === "Tab" && begun) setText(`/${offered[chosen].command} `);
    else if (offered.length && event.key === "Enter") run(offered[chosen].command);
    else if (event.key === "Enter" && !event.shiftKey) send();
    else if (event.key === "Escape" && menu) setMenu(false);
    else if (event.key === "Escape") leave(chat, setText);
    else return;
    event.preventDefault();
  };

  return html`<footer class="composer" ref=${footer}>
    ${offered.length > 0 && html`<${Commands} commands=${offered} chosen=${chosen} run=${run} />`}
    <${About} chat=${chat} leave=${() => leave(chat, setText)} />
    <form class="write" onSubmit=${(event) => (event.preventDefault(), send())}>
      ${commands.length > 0 && html`<button type="button" class=${`commands-button ${text ? "narrow" : ""}`} aria-expanded=${menu}
        aria-label=${t("Commands")} onClick=${() => (setMenu(!menu), field.current.focus())}>
        <${Icon} name=${menu ? "close" : "menu"} size=${20} /><span>${t("Menu")}</span></button>`}
      <textarea ref=${field} rows="1" value=${text} onInput=${typed} onKeyDown=${pressed} dir="auto"
        placeholder=${keyboard?.input_field_placeholder || t("Message")} aria-label=${t("Message")}
        role="combobox" aria-expanded=${offered.length > 0} aria-controls="commands" aria-autocomplete="list"
        aria-activedescendant=${offered.length ? `command-${chosen}` : undefined}></textarea>
      ${keys && html`<button type="button" class="round" aria-label=${t("Keyboard")} aria-expanded=${!folded}
        onClick=${() => setFolded(!folded)}><${Icon} name="keys" /></button>`}
      ${text.trim()
        ? html`<button type="submit" class="round send" aria-label=${t("Send")}><${Icon} name="send" /></button>`
        : html`<${Attach} chat=${chat} />`}
    </form>
    ${keys && !folded && html`<${ReplyKeyboard} keyboard=${keyboard} chat=${chat} />`}
  </footer>`;
}

/** A tap anywhere but on this element. */
function useElsewhere(element, wanted, does) {
  useEffect(() => {
    if (!wanted) return undefined;
    const tapped = (event) => element.current?.contains(event.target) || does();
    document.addEventListener("pointerdown", tapped);
    return () => document.removeEventListener("pointerdown", tapped);
  }, [wanted]);
}

function leave(chat, setText) {
  if (chat.editing) setText("");
  chat.edits(null);
  chat.reply(null);
}

function grow(field) {
  if (!field) return;
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 140)}px`;
}

function Commands({ commands, chosen, run }) {
  const list = useRef(null);
  useEffect(() => list.current?.children[chosen]?.scrollIntoView({ block: "nearest" }), [chosen, commands]);
  return html`<ul id="commands" class="commands" role="listbox" aria-label=${t("Commands")} ref=${list}>
    ${commands.map((each, at) => html`<li key=${each.command} id=${`command-${at}`} role="option" aria-selected=${at === chosen}
      class=${at === chosen ? "chosen" : ""} onMouseDown=${(event) => event.preventDefault()} onClick=${() => run(each.command)}>
      <b>/${each.command}</b><span>${each.description}</span></li>`)}
  </ul>`;
}

/** The message that is answered or changed. */
function About({ chat, leave }) {
  const message = chat.editing ?? chat.replyTo ?? chat.asking();
  if (!message) return null;
  const title = chat.editing ? t("Edit") : message.from === "bot" ? chat.state.bot?.name : chat.state.person?.first_name;
  const can = chat.editing || chat.replyTo;
  return html`<div class="about">
    <span class="about-text"><b>${title}</b><span>${message.text || t("Photo")}</span></span>
    ${can && html`<button type="button" class="round" aria-label=${t("Cancel")} onClick=${leave}><${Icon} name="close" size=${18} /></button>`}
  </div>`;
}

function Attach({ chat }) {
  const input = useRef(null);
  const taken = async (event) => {
    for (const file of event.target.files) await chat.sendFile(file);
    if (input.current) input.current.value = "";
  };
  return html`<button type="button" class="round" aria-label=${t("Attach a file")} onClick=${() => input.current.click()}><${Icon} name="clip" /></button>
    <input ref=${input} type="file" hidden multiple onChange=${taken} tabindex="-1" aria-label=${t("Attach a file")} />`;
}
