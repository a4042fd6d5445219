// px6 as its stand-in sees it, and the bot's process: read anew when an event says that it changed.
import { Store } from "./lib.js";
import { ask, post } from "./net.js";
import { setOffset } from "./time.js";

const TOGETHER_MILLISECONDS = 120;
const KEPT_CALLS = 60;
const METER_MILLISECONDS = 1000;

export class Seller extends Store {
  accounts = [];
  key = null; // whose account is shown
  proxies = [];
  stock = {};
  prices = {};
  faults = [];
  calls = [];
  clock = null;
  bot = null;
  bots = [];
  botId = null;
  reminders = false;
  online = true;
  error = null;
  #timer = null;
  #meterTimer = null;

  get account() {
    return this.accounts.find((account) => account.key === this.key) ?? this.accounts[0];
  }

  async refreshAll() {
    const [demo, clock, stock, prices] = await Promise.all(["demo", "clock", "stock", "prices"].map((name) => ask(`/sandbox/${name}`)));
    Object.assign(this, { bot: demo.bot, bots: demo.bots, botId: demo.bot_id, reminders: demo.reminders, clock, stock, prices });
    this.key ??= demo.key;
    setOffset(clock.offset_seconds * 1000);
    await this.refresh();
  }

  async refresh() {
    const [accounts, faults, calls] = await Promise.all([ask("/sandbox/accounts"), ask("/sandbox/faults"), this.#newCalls()]);
    Object.assign(this, { accounts, faults });
    this.#take(calls);
    this.key = this.account?.key ?? null;
    this.proxies = this.key ? await ask(`/sandbox/proxies?key=${encodeURIComponent(this.key)}`) : [];
    this.changed();
    this.#watchMeter();
  }

  /** From the oldest that was still under way. */
  #newCalls() {
    const open = this.calls.find((call) => call.seconds === null) ?? null;
    const after = open ? open.number - 1 : (this.calls.at(-1)?.number ?? 0);
    return ask(`/sandbox/calls?after=${after}`);
  }

  #take(calls) {
    const known = new Map(this.calls.map((call) => [call.number, call]));
    for (const call of calls) known.set(call.number, call);
    this.calls = [...known.values()].slice(-KEPT_CALLS);
  }

  /** The meter counts down by itself: no event tells of a second that is over. */
  #watchMeter() {
    clearTimeout(this.#meterTimer);
    if (!this.account?.meter) return;
    this.#meterTimer = setTimeout(() => this.refresh().catch(() => {}), METER_MILLISECONDS);
  }

  heard(event) {
    if (event.type === "clock") setOffset(event.offset * 1000);
    const everything = ["clock", "bot", "stock", "prices"].includes(event.type);
    this.#soon(everything);
  }

  #everything = false;

  #soon(everything) {
    this.#everything ||= everything;
    this.#timer ??= setTimeout(() => {
      const work = this.#everything ? this.refreshAll() : this.refresh();
      this.#timer = null;
      this.#everything = false;
      work.catch(() => {}); // the server is away: the next event or the next connection reads again
    }, TOGETHER_MILLISECONDS);
  }

  setOnline(online) {
    if (online && !this.online) {
      this.calls = [];
      this.#soon(true);
    }
    this.online = online;
  }

  show(key) {
    this.key = key;
    return this.refresh();
  }

  /** Sends an order; what was refused stands in `error` until the next. */
  async order(name, body = {}) {
    return this.#do(() => post(`/sandbox/${name}`, body));
  }

  lift(kind) {
    return this.#do(() => ask(`/sandbox/faults?${kind ? `kind=${kind}` : ""}`, { method: "DELETE" }));
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
