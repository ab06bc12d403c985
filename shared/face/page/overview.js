// The first page: the totals, and who says so.

import * as api from './api.js';
import { amount, fill, figures, h } from './dom.js';
import { totalsTable } from './totals.js';
import { attestedWords, moneyColumns } from './words.js';

const some = (decimal) => /[1-9]/.test(decimal ?? '');

export function currencyCard(total) {
  return h('section', { class: 'card', 'aria-label': `Totals in ${total.currency}` },
    h('div', { class: 'row spread' }, h('h3', {}, total.currency), h('span', { class: 'meta' }, `${total.pledges} ${total.pledges === 1 ? 'pledge' : 'pledges'}`)),
    figures(moneyColumns.map(([name, title]) => [title, amount(total[name])])),
    (some(total.passed_on) || some(total.own_funds)) && h('p', { class: 'meta' }, `Of what was pledged, ${[
      `${amount(total.new, total.currency)} is new money`,
      some(total.own_funds) && `${amount(total.own_funds, total.currency)} are organizations' own funds`,
      some(total.passed_on) && `${amount(total.passed_on, total.currency)} is passed on`].filter(Boolean).join(', ')}.`),
    some(total.disputed) && h('p', { class: 'meta' }, `Disputed, and in none of these: ${amount(total.disputed, total.currency)}.`),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Who says so, in ${total.currency}` }, h('table', {},
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Who says so'), moneyColumns.map(([, title]) => h('th', { scope: 'col', class: 'number' }, title)))),
      h('tbody', {}, Object.entries(total.attested).map(([attested, sums]) => h('tr', {},
        h('th', { scope: 'row' }, attestedWords[attested]),
        moneyColumns.map(([name]) => h('td', { class: 'number' }, amount(sums[name], total.currency)))))))));
}

export async function overview(into) {
  const [byCurrency, byNetwork, byCountry, withOthers] = await Promise.all([
    api.totals('currency'), api.totals('network'), api.totals('country'), api.totals('currency', { third_party: 1 }),
  ]);
  const reported = withOthers.items.filter((item) => item.attested['third-party']).map((item) => amount(item.attested['third-party'].pledged, item.currency));
  fill(into,
    h('h1', {}, 'What partners promised, and what became of it'),
    h('p', { class: 'lead' }, 'Pledges, joint programming commitments and partnerships in social protection, each signed by the organization that states it.'),
    byCurrency.total.length === 0 ? h('p', { class: 'empty' }, 'No pledge of money has been stated by donor or recipient yet.') : h('div', { class: 'cards' }, byCurrency.total.map(currencyCard)),
    reported.length > 0 && h('p', { class: 'note' }, `Not in these totals: pledges of ${reported.join(', ')} that third parties report and neither donor nor recipient has confirmed.`),
    totalsTable('By network', byNetwork, 'network'),
    totalsTable('By country', byCountry, 'country'),
    h('p', {}, h('a', { href: '/#/totals' }, 'All totals'), ' · ', h('a', { href: '/#/countries' }, 'Countries'), ' · ', h('a', { href: '/#/due' }, 'What is due')));
}
