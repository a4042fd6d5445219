// The account's proxies with their ends; some of them prolonged on px6's site, past the bot.
import { html, useState } from "./lib.js";
import { Section } from "./section.js";
import { now, relative, shortly } from "./time.js";

const LANGUAGE = "en"; // that of the panel
const DAY = 86_400_000;
const KINDS = { 3: "shared", 4: "IPv4", 5: "MTProto", 6: "IPv6" };

export function Proxies({ seller }) {
  const [chosen, setChosen] = useState(() => new Set());
  const toggle = (id) => setChosen((before) => {
    const after = new Set(before);
    return after.delete(id) ? after : after.add(id);
  });
  const proxies = [...seller.proxies].sort(soonestFirst);
  const ids = proxies.map((proxy) => proxy.id).filter((id) => chosen.has(id));
  const prolong = async (period) => {
    await seller.order("prolong-on-site", { key: seller.key, ids, period });
    setChosen(new Set());
  };
  return html`<${Section} title="Proxies" note=${`${proxies.length}`}>
    <div class="table" role="region" aria-label="Proxies" tabindex="0"><table>
      <thead><tr><th><span class="unseen">Choose</span></th><th>Address</th><th>Kind</th><th>Ends</th><th>Comment</th></tr></thead>
      <tbody>${proxies.map((proxy) => html`<${Proxy} key=${proxy.id} proxy=${proxy} chosen=${chosen.has(proxy.id)} toggle=${() => toggle(proxy.id)} />`)}</tbody>
    </table></div>
    <div class="buttons">
      <span>On px6's site, ${ids.length} chosen:</span>
      ${[7, 30].map((period) => html`<button type="button" key=${period} disabled=${!ids.length} onClick=${() => prolong(period)}>Prolong ${period} days</button>`)}
    </div>
  <//>`;
}

/** Those that ended come last, the latest end first. */
function soonestFirst(one, other) {
  const later = new Date(one.ends_at) - new Date(other.ends_at);
  if (one.active !== other.active) return one.active ? -1 : 1;
  return one.active ? later : -later;
}

function Proxy({ proxy, chosen, toggle }) {
  const ends = new Date(proxy.ends_at);
  const near = proxy.active && ends - now() < DAY;
  return html`<tr class=${proxy.active ? (near ? "near" : "") : "ended"}>
    <td><input type="checkbox" checked=${chosen} onChange=${toggle} aria-label=${`Choose ${proxy.id}`} /></td>
    <td><span class="flag">${flag(proxy.country)}</span> ${proxy.host}:${proxy.port}<small>${proxy.id}</small></td>
    <td>${KINDS[proxy.version] ?? proxy.version}<small>${proxy.type}</small></td>
    <td>${shortly(ends, LANGUAGE)}<small>${relative(ends, LANGUAGE)}</small></td>
    <td>${proxy.comment}</td>
  </tr>`;
}

export function flag(code) {
  return String.fromCodePoint(...[...code.toUpperCase()].map((letter) => 0x1f1a5 + letter.charCodeAt(0)));
}
