// Puts the page together. `?user=2` is another person, `?bot=ID` another bot, `?theme=dark|light`, `?lang=ru`,
// `?start=CODE` what they begin with, as by a link; `?panel=no` leaves the seller's side away.
import { html, render, useEffect, useMemo, useState, useStore } from "./lib.js";
import { Chat } from "./chat.js";
import { Stream } from "./net.js";
import { Panel, Sheet } from "./panel.js";
import { Phone } from "./phone.js";
import { Seller } from "./seller.js";
import { speak, spoken, t } from "./words.js";

const query = new URLSearchParams(location.search);
const onlyPanel = location.pathname.startsWith("/site/");
const LANGUAGES = { en: "English", ru: "Русский" };
const THEMES = { "": "as the system", light: "light", dark: "dark" };

function at(changes) {
  const next = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) value ? next.set(name, value) : next.delete(name);
  return `/?${next}`;
}

function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  history.replaceState(null, "", onlyPanel ? location.href : at({ theme }));
}

/** The phone's language is the browser's until the person chooses one. */
async function firstLanguage(chat) {
  const wished = query.get("lang") ?? (chat.state.messages.length ? null : navigator.language.slice(0, 2));
  if (wished && wished in LANGUAGES && wished !== chat.state.person.language_code) {
    await chat.change({ language_code: wished });
    await chat.refresh();
  }
}

/** Somebody who came by a link says so once. */
async function comeByLink(chat) {
  const start = query.get("start");
  if (!start) return;
  history.replaceState(null, "", at({ start: "" }));
  await chat.say(`/start ${start}`);
}

function menuOf(chat, seller, showPanel) {
  const { person, blocked } = chat.state;
  const languages = Object.entries(LANGUAGES).filter(([code]) => code !== person?.language_code);
  const current = document.documentElement.dataset.theme ?? "";
  const list = [
    ...languages.map(([code, name]) => [`${t("Language of the phone")}: ${name}`, () => chat.change({ language_code: code })]),
    ...Object.entries(THEMES).filter(([theme]) => theme !== current).map(([theme, name]) => [`${t("Theme")}: ${t(name)}`, () => setTheme(theme)]),
    [t("Another person"), () => window.open(at({ user: String(chat.user + 1) }), "_blank")],
    ...seller.bots.filter((bot) => bot.id !== chat.bot).map((bot) => [`${bot.name} →`, () => location.assign(at({ bot: String(bot.id) }))]),
    showPanel && [t("The seller's side"), showPanel],
    blocked ? [t("Unblock the bot"), () => chat.change({ blocked: false })] : [t("Block the bot"), () => chat.change({ blocked: true }), "danger"],
  ];
  return { title: who(chat), list };
}

/** Which person this is: several may be open in several tabs. */
const who = (chat) => `${t("Person")} ${chat.user}`;
const AWAY = { off: "the bot is switched off", starting: "the bot is starting…" };

function Page({ chat, seller }) {
  useStore(chat);
  useStore(seller);
  const [sheet, setSheet] = useState(false);
  const wide = useWide();
  const withPanel = query.get("panel") !== "no";
  speak(chat.state.person?.language_code);
  useEffect(() => {
    document.title = `${who(chat)} · ${chat.state.bot?.name ?? "Chat"}`;
  }, [chat.state.bot?.name, spoken()]);
  const away = seller.away(chat.bot);
  // kept as it is while it shows the same: what px6 does is no reason to draw the chat again
  const phone = useMemo(() => {
    const open = withPanel && !wide ? () => setSheet(true) : null;
    return html`<${Phone} chat=${chat} menu=${() => menuOf(chat, seller, open)} away=${away && t(AWAY[away])} />`;
  }, [chat, wide, away, spoken()]);
  if (onlyPanel) return html`<${Panel} seller=${seller} alone />`;
  return html`<div class=${withPanel && wide ? "desk" : "desk alone"}>
    ${phone}
    ${withPanel && wide && html`<${Panel} seller=${seller} />`}
    ${withPanel && !wide && sheet && html`<${Sheet} seller=${seller} close=${() => setSheet(false)} />`}
  </div>`;
}

function useWide() {
  const [media] = useState(() => matchMedia("(min-width: 900px)"));
  const [wide, setWide] = useState(media.matches);
  useEffect(() => {
    const changed = () => setWide(media.matches);
    media.addEventListener("change", changed);
    return () => media.removeEventListener("change", changed);
  }, [media]);
  return wide;
}

async function begin() {
  const theme = query.get("theme");
  if (theme) document.documentElement.dataset.theme = theme;
  const seller = new Seller();
  await seller.refreshAll();
  const chat = new Chat(Number(query.get("user") ?? 1), Number(query.get("bot") ?? seller.botId ?? seller.bots[0]?.id ?? 1));
  render(html`<${Page} chat=${chat} seller=${seller} />`, document.getElementById("root"));
  await chat.refresh();
  await firstLanguage(chat);
  await comeByLink(chat);
  const stream = new Stream({
    telegram: (event, number) => {
      chat.heard(event, number);
      if (event.type === "bot") seller.refreshSoon(); // it may have begun to listen
      if (event.type === "fault" && seller.watched) seller.refreshSoon(false);
    },
    seller: (event) => seller.heard(event),
    opened: () => (chat.setOnline(true), seller.readAnew()),
    failed: () => chat.setOnline(false),
  });
  stream.start(chat.state.last_event);
}

begin().catch((error) => {
  document.getElementById("root").textContent = `The page could not start: ${error.message}`;
});
