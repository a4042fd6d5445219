// What one person sees of the chat with one bot, kept up to date by events.
import { Store } from "./lib.js";
import { ask, post } from "./net.js";
import { t } from "./words.js";

const TYPING_MILLISECONDS = 5000;
const TOAST_MILLISECONDS = 3000;
const KEPT_EVENTS = 500;
const EMPTY = { messages: [], reply_keyboard: null, blocked: false, drafts: [], bot: null, person: null };

/** A person as the page calls them; the number tells apart who is called the same. */
function named({ id, first_name }) {
  return first_name.endsWith(` ${id}`) ? `${t("Person")} ${id}` : `${first_name} · ${id}`;
}

export class Chat extends Store {
  state = EMPTY;
  loaded = false;
  online = true;
  tapped = new Set(); // buttons that wait for their answer
  typing = false;
  toast = null;
  dialog = null; // what lies over the chat: {kind, …}
  replyTo = null;
  editing = null;
  #events = []; // the latest, to be applied again on a view that was read meanwhile
  #refreshing = null;
  #typingEnds = null;
  #toastEnds = null;

  constructor(user, bot) {
    super();
    Object.assign(this, { user, bot });
  }

  path(rest = "", query = "") {
    return `/people/${this.user}${rest}?bot=${this.bot}${query}`;
  }

  /** Reads everything anew; the number of the last event that is in it. */
  async refresh() {
    const state = await ask(this.path("/chat"));
    this.state = state;
    this.loaded = true;
    for (const [number, event] of this.#events) if (number > state.last_event) this.#apply(event);
    this.changed();
    return state.last_event;
  }

  /** Soon, once for many reasons; what fails here is made good when the connection is back. */
  refreshSoon() {
    this.#refreshing ??= setTimeout(() => {
      this.#refreshing = null;
      this.refresh().catch(() => {});
    }, 60);
  }

  setOnline(online) {
    if (online) this.refreshSoon();
    if (online !== this.online) {
      this.online = online;
      this.changed();
    }
  }

  heard(event, number = 0) {
    if (event.type === "reset") {
      this.#events = [];
      return this.refreshSoon();
    }
    if (event.type === "person" || (event.type === "bot" && event.bot === this.bot)) return this.refreshSoon();
    if (event.bot !== this.bot || event.chat !== this.user) return undefined;
    this.#events.push([number, event]);
    if (this.#events.length > KEPT_EVENTS) this.#events.shift();
    this.#apply(event);
    this.changed();
    return undefined;
  }

  #apply(event) {
    switch (event.type) {
      case "message":
        this.#put(event.message);
        if (event.message.from === "bot") {
          this.#typing(false);
          this.state = { ...this.state, drafts: [] };
        }
        this.refreshSoon(); // the reply keyboard may have come or gone with it
        break;
      case "edit":
        this.#put(event.message);
        break;
      case "delete":
        this.#keep((message) => message.message_id !== event.message_id);
        break;
      case "action":
        this.#typing(event.action !== "cancel");
        break;
      case "draft": {
        const others = this.state.drafts.filter((draft) => draft.draft_id !== event.draft.draft_id);
        this.state = { ...this.state, drafts: [...others, event.draft] };
        break;
      }
      case "chat":
        this.refreshSoon();
    }
  }

  #keep(wanted) {
    this.state = { ...this.state, messages: this.state.messages.filter(wanted) };
  }

  #put(message) {
    const messages = this.state.messages.slice();
    const at = messages.findIndex((each) => each.message_id === message.message_id);
    if (at >= 0) messages[at] = message;
    else messages.push(message);
    this.state = { ...this.state, messages };
  }

  #typing(is) {
    clearTimeout(this.#typingEnds);
    this.typing = is;
    if (is) this.#typingEnds = setTimeout(() => (this.#typing(false), this.changed()), TYPING_MILLISECONDS);
  }

  message(id) {
    return this.state.messages.find((message) => message.message_id === id);
  }

  // What the person does. Each resolves to whether it worked; if not, a toast has said why.

  async say(text) {
    const reply_to = (this.replyTo ?? this.asking())?.message_id;
    const worked = await this.#do(() => post(this.path("/messages"), { text, reply_to }));
    if (worked && this.replyTo) this.reply(null);
    return worked;
  }

  /** The message that the bot wants to be replied to. */
  asking() {
    return this.state.reply_keyboard?.force_reply ? this.state.messages.findLast((each) => each.from === "bot") : null;
  }

  send(fields) {
    return this.#do(() => post(this.path("/messages"), fields));
  }

  /** Asks which of the people that are here is meant, and picks them with this button. */
  async pick(label) {
    const { people } = await ask("/sandbox/telegram/state");
    const others = people.filter((each) => each.id !== this.user);
    const next = this.user + 1;
    if (!others.some((each) => each.id === next)) others.push({ id: next, first_name: `${t("Person")} ${next}` });
    const share = (id) => this.#do(() => post(this.path("/shared"), { users: [id], label }));
    this.open({ kind: "menu", title: label, list: others.map((each) => [named(each), () => share(each.id)]) });
  }

  sendFile(file, caption) {
    const form = new FormData();
    form.append(file.type.startsWith("image/") ? "photo" : "document", file, file.name);
    if (caption) form.append("caption", caption);
    return this.#do(() => ask(this.path("/messages"), { method: "POST", form }));
  }

  edit(message, text) {
    return this.#do(() => ask(this.path(`/messages/${message.message_id}`), { method: "PATCH", body: { text } }));
  }

  remove(message) {
    return this.#do(() => ask(this.path(`/messages/${message.message_id}`), { method: "DELETE" }));
  }

  change(fields) {
    return this.#do(() => ask(this.path(), { method: "PATCH", body: fields }));
  }

  /** A tap on a callback button: it spins until the bot has answered, or for ten seconds. */
  async tap(message, data) {
    const mark = `${message.message_id} ${data}`;
    if (this.tapped.has(mark)) return;
    this.tapped.add(mark);
    this.changed();
    await this.#do(async () => {
      const answer = await post(this.path("/taps"), { message_id: message.message_id, data });
      if (answer.text && answer.show_alert) this.open({ kind: "alert", text: answer.text });
      else if (answer.text) this.toastUp(answer.text);
      if (answer.url) this.open({ kind: "link", url: answer.url });
    });
    this.tapped.delete(mark);
    this.changed();
  }

  async #do(work) {
    try {
      await work();
      return true;
    } catch (error) {
      this.toastUp(error.message);
      return false;
    }
  }

  async copy(text, said) {
    try {
      await navigator.clipboard.writeText(text);
      this.toastUp(said);
    } catch {
      this.open({ kind: "alert", text }); // the browser forbids it: to be copied by hand
    }
  }

  toastUp(text) {
    clearTimeout(this.#toastEnds);
    this.toast = text;
    this.#toastEnds = setTimeout(() => ((this.toast = null), this.changed()), TOAST_MILLISECONDS);
    this.changed();
  }

  reply(message) {
    this.replyTo = message;
    this.changed();
  }

  edits(message) {
    this.editing = message;
    this.changed();
  }

  open(dialog) {
    this.dialog = dialog;
    this.changed();
  }

  close() {
    this.dialog = null;
    this.changed();
  }
}
