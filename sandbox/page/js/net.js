// Requests up, one stream of events down.
import { t } from "./words.js";

/** The JSON of an answer. Throws an Error whose message a person can read; `status` is 0 without an answer. */
export async function ask(path, { method = "GET", body, form } = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : form,
    });
  } catch {
    throw Object.assign(new Error(t("no connection")), { status: 0 });
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(said.error ?? `error ${answer.status}`), { status: answer.status });
  return said;
}

export const post = (path, body) => ask(path, { method: "POST", body });

/**
 * Follows `/stream` while the tab is seen: a hidden one gives its connection to the others (a browser
 * has six for a server) and catches up by the number of the last event when it is looked at again. `opened` reads
 * everything anew: what px6 did meanwhile is not told again, and a server that was started again counts from 1.
 */
export class Stream {
  #source = null;
  #last = null;
  #retry = null;

  constructor({ telegram, seller, opened, failed }) {
    this.hear = { telegram, seller, opened, failed };
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#close() : this.#open()));
  }

  start(after) {
    this.#last = after;
    if (!document.hidden) this.#open();
  }

  #open() {
    if (this.#source || this.#last === null) return;
    const source = (this.#source = new EventSource(`/stream?after=${this.#last}`));
    source.onopen = () => this.hear.opened();
    source.onerror = () => this.#failed(source);
    source.addEventListener("telegram", (event) => this.#heard(event, this.hear.telegram));
    source.addEventListener("reset", (event) => this.#heard(event, () => this.hear.telegram({ type: "reset" })));
    source.addEventListener("seller", (event) => this.hear.seller(JSON.parse(event.data)));
  }

  #heard(event, tell) {
    this.#last = Number(event.lastEventId);
    tell(JSON.parse(event.data), this.#last);
  }

  #failed(source) {
    this.hear.failed();
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    this.#close();
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => document.hidden || this.#open(), 1000);
  }

  #close() {
    this.#source?.close();
    this.#source = null;
  }
}
