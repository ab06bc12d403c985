// What is due on a day, or overdue by then.

import * as api from './api.js';
import { amount, badge, fill, h, itemAddress, money } from './dom.js';
import { quantity } from './deliverables.js';
import { countries, csvLink, staleBadge, table } from './parts.js';

const today = () => new Date().toISOString().slice(0, 10);

function what(one) {
  const where = h('a', { href: itemAddress(one.kind, one.id) }, one.title || one.id);
  return [where, h('div', { class: 'meta' }, one.deliverable_title ?? 'a payment', one.milestone && ' (milestone)', one.countries.length > 0 && ` · ${countries(one.countries)}`)];
}

function state(one) {
  return [badge(one.state, one.state === 'overdue' ? 'bad' : 'warn'), ' ', staleBadge(one.stale)];
}

function measure(one) {
  if (one.money)
    return [money(one.money), one.paid !== undefined && h('div', { class: 'meta' }, `paid ${amount(one.paid, one.money.currency)}`)];
  return [one.target !== undefined && quantity(one.target, one.unit), one.percent !== undefined && h('div', { class: 'meta' }, `${one.percent} % reported`)];
}

export async function dueView(into, { filters }) {
  const page = await api.due({ limit: 200, ...filters });
  const day = h('input', { type: 'date', name: 'on', value: filters.on ?? today(), change: () => { location.href = api.addressOf('due', { ...filters, on: day.value }); } });
  fill(into,
    h('h1', {}, 'Due and overdue'),
    h('p', { class: 'lead' }, 'Deliverables and payments, by the dates that their own terms state. That something is overdue means that nobody has said here that it came.'),
    h('div', { class: 'filters', role: 'group', 'aria-label': 'Which day' }, h('label', {}, 'On', day)),
    page.items.length === 0 ? h('p', { class: 'empty' }, 'Nothing is due on that day.') : table(['What', 'Due', ['How much', 'number'], 'State'], page.items.map((one) => [what(one), h('span', { class: 'day' }, one.due), measure(one), state(one)]), 'Due and overdue'),
    page.next && h('p', { class: 'meta' }, 'There is more; the table for a spreadsheet has all of it.'),
    csvLink('/api/v1/due', filters));
}
