// Moments in the browser's own zone. The demo's clock can be moved: `setOffset` follows it.
import { spoken } from "./words.js";

let offset = 0;
const formats = new Map();

export const setOffset = (milliseconds) => (offset = milliseconds);
export const now = () => new Date(Date.now() + offset);

function format(options, language = spoken()) {
  const name = language + JSON.stringify(options);
  if (!formats.has(name)) formats.set(name, new Intl.DateTimeFormat(language === "ru" ? "ru" : "en-GB", options));
  return formats.get(name);
}

const HOURS = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
export const clock = (date, language) => format(HOURS, language).format(date);
export const day = (date, language) => format({ day: "numeric", month: "long", ...year(date) }, language).format(date);
export const shortly = (date, language) => format({ day: "numeric", month: "short", ...HOURS }, language).format(date);
export const fully = (date) => format({ dateStyle: "full", timeStyle: "long" }).format(date);

/** A `date_time` entity: `r`, or `w?[dD]?[tT]?`; without a format the text stays as it is. */
export function dateTime(unix, style, text) {
  const date = new Date(unix * 1000);
  if (!style) return text;
  return style === "r" ? relative(date) : format(parts(style, date)).format(date);
}

function parts(style, date) {
  return {
    ...(style.includes("w") && { weekday: style.includes("D") ? "long" : "short" }),
    ...(style.includes("d") && { day: "numeric", month: "short", ...year(date) }),
    ...(style.includes("D") && { day: "numeric", month: "long", year: "numeric" }),
    ...(/[tT]/.test(style) && HOURS),
    ...(style.includes("T") && { second: "2-digit" }),
  };
}

const year = (date) => (date.getFullYear() === now().getFullYear() ? {} : { year: "numeric" });

const STEPS = [
  [86400 * 365, "year"],
  [86400 * 30, "month"],
  [86400, "day"],
  [3600, "hour"],
  [60, "minute"],
];

export function relative(date, language = spoken()) {
  const seconds = Math.round((date - now()) / 1000);
  const [size, unit] = STEPS.find(([size]) => Math.abs(seconds) >= size) ?? [1, "second"];
  return new Intl.RelativeTimeFormat(language, { numeric: "always" }).format(Math.trunc(seconds / size), unit);
}
