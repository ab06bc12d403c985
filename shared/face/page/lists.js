// The overview and the lists.

import * as api from './api.js';
import { amount, badge, country, figures, fill, h, itemAddress, when } from './dom.js';

const titles = {
  pledges: 'Pledges',
  commitments: 'Joint programming commitments',
  partnerships: 'Partnerships',
  networks: 'Networks',
  organizations: 'Organizations',
};

export const kinds = Object.keys(titles);

const statusWords = {
  announced: 'announced',
  committed: 'committed (firm agreement)',
  'part-disbursed': 'partly disbursed',
  disbursed: 'disbursed',
  received: 'received',
  'in-progress': 'in progress',
};
const goodStatus = new Set(['agreed', 'received', 'disbursed']);

const attestedWords = {
  donor: 'stated by the donor only',
  recipient: 'reported by the recipient only',
  both: 'confirmed by donor and recipient',
  'third-party': 'reported by a third party',
};

export function statusBadge(item) {
  return badge(statusWords[item.status] ?? item.status, item.status === 'declined' ? 'bad' : goodStatus.has(item.status) && 'good');
}

export function attestedBadge(item) {
  return item.attested && badge(attestedWords[item.attested], item.attested === 'both' ? 'good' : 'warn');
}

const flagWords = {
  exceeds: 'more than was pledged',
  discrepancy: 'received is not what was disbursed',
  'one-sided': 'one side only',
};

export const flagBadges = (item) => (item.flags ?? []).map((flag) => badge(flagWords[flag] ?? flag, 'warn'));

export const countries = (codes) => (codes ?? []).map(country).join(', ');

export function worth(item) {
  if (item.worth === 'in-kind')
    return 'in kind';
  return item.money && item.currency ? amount(item.money.pledged, item.currency) : 'amount not stated';
}

/* --- overview --- */

const columns = [
  ['pledged', 'Pledged'],
  ['committed', 'Committed (firm agreement)'],
  ['disbursed', 'Disbursed'],
  ['received', 'Received'],
  ['outstanding', 'Outstanding'],
];

function currencyCard(total) {
  return h('section', { class: 'card', 'aria-label': `Totals in ${total.currency}` },
    h('div', { class: 'row spread' }, h('h3', {}, total.currency), h('span', { class: 'meta' }, `${total.pledges} ${total.pledges === 1 ? 'pledge' : 'pledges'}`)),
    figures(columns.map(([name, title]) => [title, amount(total[name], total.currency)])),
    total.passed_on !== '0' && /[1-9]/.test(total.passed_on) && h('p', { class: 'meta' }, `Of what was pledged, ${amount(total.new, total.currency)} is new money; ${amount(total.passed_on, total.currency)} is passed on.`),
    h('div', { class: 'scroll' }, h('table', {},
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Who says so'), columns.map(([, title]) => h('th', { scope: 'col', class: 'number' }, title)))),
      h('tbody', {}, Object.entries(total.attested).map(([attested, sums]) => h('tr', {},
        h('th', { scope: 'row' }, attestedWords[attested]),
        columns.map(([name]) => h('td', { class: 'number' }, amount(sums[name], total.currency)))))))));
}

function totalsTable(title, totals, filter) {
  if (totals.items.length === 0)
    return null;
  return h('section', {}, h('h2', {}, title),
    h('div', { class: 'scroll card' }, h('table', {},
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, title.replace('By ', '')), columns.slice(0, 4).map(([, name]) => h('th', { scope: 'col', class: 'number' }, name)))),
      h('tbody', {}, totals.items.map((item) => h('tr', {},
        h('th', { scope: 'row' }, h('a', { href: api.addressOf('pledges', { [filter]: item.value }) }, item.name)),
        columns.slice(0, 4).map(([name]) => h('td', { class: 'number' }, amount(item[name], item.currency)))))))),
    totals.overlaps && h('p', { class: 'meta' }, 'A pledge for several counts in each of them; the totals above count it once.'));
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
    totalsTable('By country', byCountry, 'country'));
}

/* --- lists --- */

function pledgeCard(item) {
  return [
    h('p', { class: 'row' }, h('span', { class: 'amount' }, worth(item)), statusBadge(item), attestedBadge(item), flagBadges(item)),
    h('p', { class: 'meta' }, `${item.donor_name} to ${item.recipient_name}`),
  ];
}

function agreementCard(item) {
  return [
    h('p', { class: 'row' }, statusBadge(item), badge(item.signed.text, item.signed.signed === item.signed.of && 'good')),
    h('p', { class: 'meta' }, item.parties.map((party) => party.name).join(' · ')),
  ];
}

function subjectCard(item) {
  return h('li', { class: 'card' },
    h('h3', {}, h('a', { href: itemAddress(item.kind, item.id) }, item.title || item.id)),
    item.kind === 'pledge' ? pledgeCard(item) : agreementCard(item),
    h('p', { class: 'meta' }, [`Reported by ${item.author_name}`, countries(item.countries), (item.networks ?? []).join(', ')].filter(Boolean).join(' · '), ' · ', when(item.created.at)));
}

function directoryCard(item) {
  return h('li', { class: 'card' },
    h('h3', {}, h('a', { href: itemAddress(item.kind, item.id) }, item.name)),
    item.kind === 'network'
      ? h('p', { class: 'meta' }, item.purpose ?? `Convened by ${item.conveners.map((one) => one.name).join(', ')}`)
      : h('p', { class: 'row' }, badge(item.signs ? 'signs for itself' : 'listed, cannot sign yet', item.signs && 'good'), h('span', { class: 'meta' }, [item.id, item.country_name].filter(Boolean).join(' · '))));
}

const card = (item) => (item.kind === 'network' || item.kind === 'organization' ? directoryCard(item) : subjectCard(item));

function choice(title, name, options, filters, view) {
  const select = h('select', { name, change: () => { location.href = api.addressOf(view, { ...filters, [name]: select.value }); } },
    h('option', { value: '' }, 'all'),
    options.map(([value, text]) => h('option', { value, selected: filters[name] === value }, text)));
  return h('label', {}, title, select);
}

async function filterBar(view, filters) {
  const [networks, pledges, commitments] = await Promise.all([
    api.list('networks', { limit: 1000 }), api.list('pledges', { limit: 200 }), api.list('commitments', { limit: 200 }),
  ]);
  const codes = new Set([...pledges.items, ...commitments.items].flatMap((item) => item.countries ?? []));
  if (filters.country)
    codes.add(filters.country);
  const named = [...codes].map((code) => [code, country(code)]).sort((a, b) => a[1].localeCompare(b[1]));
  return h('div', { class: 'filters', role: 'search', 'aria-label': 'Filters' },
    choice('Network', 'network', networks.items.map((one) => [one.id, one.name]), filters, view),
    view !== 'networks' && choice('Country', 'country', named, filters, view));
}

async function showPage(view, filters, after, cards, more) {
  const page = await api.list(view, after ? { ...filters, after } : filters);
  cards.append(...page.items.map(card));
  more.replaceChildren();
  if (page.next)
    more.append(h('button', { type: 'button', click: () => showPage(view, filters, page.next, cards, more) }, 'Show more'));
  else if (cards.children.length === 0)
    more.append(h('p', { class: 'empty' }, 'Nothing here yet.'));
}

export async function listView(into, { view, filters }) {
  const cards = h('ul', { class: 'cards' });
  const more = h('div', {});
  const [bar] = await Promise.all([filterBar(view, filters), showPage(view, filters, undefined, cards, more)]);
  fill(into, h('h1', {}, titles[view]), bar, cards, more);
}

