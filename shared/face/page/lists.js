// The lists: cards, filters, page after page.

import * as api from './api.js';
import { amount, badge, country, fill, h, itemAddress, when } from './dom.js';
import { attestedBadge, choice, countries, csvLink, flagBadges, signedBadge, statusBadge } from './parts.js';
import { kindTitles, statuses, statusWords } from './words.js';

export const kinds = Object.keys(kindTitles);

export function worth(item) {
  if (item.worth === 'in-kind')
    return 'in kind';
  return item.money && item.currency ? amount(item.money.pledged, item.currency) : 'amount not stated';
}

function pledgeCard(item) {
  return [
    h('p', { class: 'row' }, h('span', { class: 'amount' }, worth(item)), statusBadge(item), attestedBadge(item), flagBadges(item)),
    h('p', { class: 'meta' }, `${item.donor_name} to ${item.recipient_name}`),
  ];
}

function agreementCard(item) {
  return [
    h('p', { class: 'row' }, statusBadge(item), signedBadge(item.signed), flagBadges(item),
      item.waiting && badge('an amendment waits', 'warn'),
      (item.speaks ?? []).map((one) => badge(`the word of ${one.name}`, 'good'))),
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

export const card = (item) => (item.kind === 'network' || item.kind === 'organization' ? directoryCard(item) : subjectCard(item));

async function filterBar(view, filters) {
  const [networks, pledges, commitments] = await Promise.all([
    api.list('networks', { limit: 1000 }), api.list('pledges', { limit: 200 }), api.list('commitments', { limit: 200 }),
  ]);
  const codes = new Set([...pledges.items, ...commitments.items].flatMap((item) => item.countries ?? []));
  if (filters.country)
    codes.add(filters.country);
  const named = [...codes].map((code) => [code, country(code)]).sort((a, b) => a[1].localeCompare(b[1]));
  return h('div', { class: 'filters', role: 'group', 'aria-label': 'Filters' },
    choice('Network', 'network', networks.items.map((one) => [one.id, one.name]), filters, view),
    statuses[view] && choice('Status', 'status', statuses[view].map((one) => [one, statusWords[one] ?? one.replace('-', ' ')]), filters, view),
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
  fill(into, h('h1', {}, kindTitles[view]), bar, cards, more, csvLink(`/api/v1/${view}`, filters));
}
