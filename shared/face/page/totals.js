// Sums of money, cut one way and filtered.

import * as api from './api.js';
import { amount, country, fill, h } from './dom.js';
import { choice, csvLink, table } from './parts.js';
import { attestedWords, by as ways, moneyColumns } from './words.js';

// Where a row of totals leads: the pledges it adds up.
function pledgesOf(by, item) {
  const filter = { network: 'network', donor: 'donor', recipient: 'recipient', country: 'country', status: 'status' }[by];
  if (by === 'for' || (by === 'fund' && item.value.includes(':')))
    return `/#/subject/${encodeURIComponent(item.value)}`;
  return filter && api.addressOf('pledges', { [filter]: item.value });
}

function nameOf(by, item) {
  const to = pledgesOf(by, item);
  const name = (by === 'country' && country(item.value)) || item.name || item.value;
  return to ? h('a', { href: to }, name) : name;
}

export function totalsTable(title, totals, by, shown = moneyColumns.slice(0, 4)) {
  if (totals.items.length === 0)
    return null;
  return h('section', {}, h('h2', {}, title),
    table([ways[by], ...shown.map(([, name]) => [name, 'number'])],
      totals.items.map((item) => [nameOf(by, item), ...shown.map(([name]) => amount(item[name], item.currency))]), title),
    totals.overlaps && totals.items.length > 1 && h('p', { class: 'meta' }, 'A pledge for several counts in each of them; the totals count it once.'));
}

function attestedTable(totals) {
  const rows = totals.total.flatMap((total) => [
    [h('span', { class: 'total' }, `All, ${total.currency}`), ...moneyColumns.map(([name]) => amount(total[name], total.currency))],
    ...Object.entries(total.attested).map(([attested, sums]) =>
      [attestedWords[attested], ...moneyColumns.map(([name]) => amount(sums[name], total.currency))])]);
  return rows.length > 0 && table(['Who says so', ...moneyColumns.map(([, title]) => [title, 'number'])], rows, 'In all, by who says so');
}

export async function totalsView(into, { filters }) {
  const { by = 'donor', ...rest } = filters;
  const [totals, networks] = await Promise.all([api.totals(by, rest), api.list('networks', { limit: 1000 })]);
  fill(into,
    h('h1', {}, 'Totals'),
    h('p', { class: 'lead' }, 'Currencies are never added to one another. What third parties report counts only where it is asked for; disputed money stands apart.'),
    h('div', { class: 'filters', role: 'group', 'aria-label': 'Which totals' },
      choice('By', 'by', Object.entries(ways), { ...rest, by }, 'totals', null),
      choice('Network', 'network', networks.items.map((one) => [one.id, one.name]), filters, 'totals'),
      choice('Reported by third parties', 'third_party', [['1', 'counted too']], filters, 'totals', 'left out')),
    totals.items.length === 0
      ? h('p', { class: 'empty' }, 'No money to add up here.')
      : [totalsTable(`By ${ways[by].toLowerCase()}`, totals, by, moneyColumns), h('section', {}, h('h2', {}, 'In all'), attestedTable(totals))],
    csvLink('/api/v1/totals', { ...rest, by }));
}
