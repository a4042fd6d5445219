// px6 as its stand-in sees it, and the bot's process: read anew when an event says that it changed.
import { Store } from "./lib.js";
import { ask, post } from "./net.js";
import { setOffset } from "./time.js";

const TOGETHER_MILLISECONDS = 250;
const KEPT_CALLS = 60;
const METER_MILLISECONDS = 1000;
const AGAIN_MILLISECONDS = 1000; // after a reading that failed

export class Seller extends Store {
  accounts = [];
  userId = null; // whose account is shown: its key may change
  proxies = [];
  stock = {};
  prices = {};
  faults = [];
  weather = []; // what Telegram does wrong
  calls = [];
  clock = null;
  bot = null;
  bots = [];
  botId = null;
  reminders = false;
  levels = {};
  error = null;
  watched = false; // somebody looks at the panel: only then px6 is looked at
  #begun = 0; // reads so far, and the newest that was taken of each kind: answers may overtake each other
  #taken = {};
  #known = 0; // the number of the newest call of which all is known
  #anew = false;
  #timer = null;
  #meterTimer = null;

  get account() {
    return this.accounts.find((account) => account.user_id === this.userId) ?? this.accounts[0];
  }

  get key() {
    return this.account?.key;
  }

  /** Why the bot of this chat does not answer: "off", "starting", or null. */
  away(botId) {
    if (!this.bot || botId !== this.botId) return null;
    return !this.bot.running ? "off" : this.bot.listens ? null : "starting";
  }

  /** While the panel is seen. */
  watch() {
    this.watched = true;
    this.readAnew();
    return () => (this.watched = false);
  }

  async refreshAll() {
    if (!this.watched) return this.#refreshBot();
    const newest = this.#read("everything");
    const names = ["demo", "clock", "stock", "prices", "price-levels"];
    const [demo, clock, stock, prices, levels] = await Promise.all(names.map((name) => ask(`/sandbox/${name}`)));
    if (newest()) {
      Object.assign(this, { bot: demo.bot, bots: demo.bots, botId: demo.bot_id, reminders: demo.reminders, clock, stock, prices, levels });
      setOffset(clock.offset_seconds * 1000);
    }
    await this.refresh();
  }

  /** Begins to read; the function says, when the answer has come, whether none that was asked later came before. */
  #read(kind) {
    const turn = ++this.#begun;
    return () => {
      if (turn < (this.#taken[kind] ?? 0)) return false;
      this.#taken[kind] = turn;
      return true;
    };
  }

  /** All that the phone needs. */
  async #refreshBot() {
    const [demo, clock] = await Promise.all([ask("/sandbox/demo"), ask("/sandbox/clock")]);
    Object.assign(this, { bot: demo.bot, bots: demo.bots, botId: demo.bot_id });
    setOffset(clock.offset_seconds * 1000);
    this.changed();
  }

  async refresh() {
    const newest = this.#read("account");
    const asked = [ask("/sandbox/accounts"), ask("/sandbox/faults"), ask("/sandbox/telegram/state"), this.#newCalls()];
    const [accounts, faults, telegram, calls] = await Promise.all(asked);
    this.#take(calls);
    if (!newest()) return;
    Object.assign(this, { accounts, faults, weather: telegram.faults });
    this.userId = this.account?.user_id ?? null;
    const key = this.key;
    const proxies = key ? await ask(`/sandbox/proxies?key=${encodeURIComponent(key)}`) : [];
    if (key !== this.key) return; // another account was chosen meanwhile, and is being read
    this.proxies = proxies;
    this.changed();
    this.#watchMeter();
  }

  async #newCalls() {
    const after = this.#anew ? 0 : this.#known;
    this.#anew = false;
    return { after, calls: await ask(`/sandbox/calls?after=${after}`) };
  }

  #take({ after, calls }) {
    const all = new Map(this.calls.filter((call) => call.number <= after).map((call) => [call.number, call]));
    for (const call of calls) all.set(call.number, call);
    this.calls = [...all.values()].slice(-KEPT_CALLS);
    const open = this.calls.find((call) => call.seconds === null);
    this.#known = open ? open.number - 1 : (this.calls.at(-1)?.number ?? 0);
  }

  /** The meter counts down by itself: no event tells of a second that is over. */
  #watchMeter() {
    clearTimeout(this.#meterTimer);
    if (!this.account?.meter) return;
    this.#meterTimer = setTimeout(() => this.watched && this.refresh().catch(() => {}), METER_MILLISECONDS);
  }

  heard(event) {
    if (event.type === "clock") setOffset(event.offset * 1000);
    const everything = ["clock", "bot", "stock", "prices"].includes(event.type);
    if (everything || this.watched) this.refreshSoon(everything);
  }

  #everything = false;

  refreshSoon(everything = true) {
    this.#everything ||= everything;
    this.#timer ??= setTimeout(() => {
      const everything = this.#everything;
      const work = everything ? this.refreshAll() : this.refresh();
      this.#timer = null;
      this.#everything = false;
      // The server is away, or one request was lost, of which no event tells.
      work.catch(() => setTimeout(() => this.watched && this.refreshSoon(everything), AGAIN_MILLISECONDS));
    }, TOGETHER_MILLISECONDS);
  }

  /** Everything, the calls from the first one on: they may be those of another server. */
  readAnew() {
    this.#anew = true;
    this.refreshSoon();
  }

  /** The chosen account stands there at once, with its key; its proxies come when they are read. */
  show(userId) {
    this.userId = userId;
    this.proxies = [];
    this.changed();
    return this.refresh();
  }

  /** Sends an order; what was refused stands in `error` until the next. */
  async order(name, body = {}) {
    return this.#do(() => post(`/sandbox/${name}`, body));
  }

  lift(kind) {
    return this.#do(() => ask(`/sandbox/faults?${kind ? `kind=${kind}` : ""}`, { method: "DELETE" }));
  }

  calm(name) {
    return this.#do(() => ask(`/sandbox/telegram/fail?name=${name}`, { method: "DELETE" }));
  }

  async #do(work) {
    this.error = null;
    try {
      return await work();
    } catch (error) {
      this.error = error.message;
      return null;
    } finally {
      await this.refreshAll().catch(() => {});
      this.changed();
    }
  }
}
