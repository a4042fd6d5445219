// What px6 has and what it costs; both can be changed.
import { html } from "./lib.js";
import { Section } from "./section.js";
import { flag } from "./panel-proxies.js";

const KINDS = [["4", "IPv4"], ["3", "shared"], ["6", "IPv6"], ["5", "MTProto"]];

export function Stock({ seller }) {
  const countries = [...new Set(Object.values(seller.stock).flatMap(Object.keys))].sort();
  const kinds = KINDS.filter(([version]) => seller.stock[version]);
  const set = (country, version) => (event) => seller.order("stock", { country, version, count: Math.max(0, Number(event.target.value) || 0) });
  return html`<${Section} title="Stock" open=${false}>
      <div class="table" role="region" aria-label="Stock" tabindex="0"><table>
        <thead><tr><th>Country</th>${kinds.map(([version, name]) => html`<th key=${version} class="number">${name}</th>`)}</tr></thead>
        <tbody>${countries.map((country) => html`<tr key=${country}><td><span class="flag">${flag(country)}</span> ${country.toUpperCase()}</td>
          ${kinds.map(([version, name]) => html`<td key=${version} class="number"><input type="number" min="0" value=${seller.stock[version]?.[country] ?? 0}
            aria-label=${`${name} in ${country.toUpperCase()}`} onChange=${set(country, version)} /></td>`)}</tr>`)}</tbody>
      </table></div>
    <//>
    <${Prices} seller=${seller} />`;
}

function Prices({ seller }) {
  const periods = Object.keys(seller.prices["6"] ?? {}).sort((a, b) => a - b);
  const change = (version, by) => () => seller.order("price-levels", { version, change: by });
  return html`<${Section} title="Prices" note="RUB for one proxy and day" open=${false}>
    <div class="table" role="region" aria-label="Prices" tabindex="0"><table>
      <thead><tr><th>Kind</th>${periods.map((days) => html`<th key=${days} class="number">${days} d</th>`)}<th class="number">Level</th><th><span class="unseen">Change</span></th></tr></thead>
      <tbody>${KINDS.filter(([version]) => seller.prices[version]).map(([version, name]) => html`<tr key=${version}><td>${name}</td>
        ${periods.map((days) => html`<td key=${days} class="number">${seller.prices[version][days] ?? ""}</td>`)}
        <td class="number">${seller.levels[version]} %</td>
        <td><span class="buttons"><button type="button" aria-label=${`${name}: a tenth more`} onClick=${change(version, 10)}>+10 %</button>
          <button type="button" aria-label=${`${name}: a tenth less`} onClick=${change(version, -10)}>−10 %</button></span></td></tr>`)}</tbody>
    </table></div>
  <//>`;
}
