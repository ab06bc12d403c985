// Deliverables: how far they are, and whether anybody still reports.

import { badge, h, recordLink, words } from './dom.js';
import { bar, between, countryLink, orgLink, staleBadge, trackBadge } from './parts.js';
import { stateTones, steps } from './words.js';

// A quantity, grouped; anything else as it is.
export function quantity(value, unit) {
  const text = words(value);
  const grouped = /^-?\d+(\.\d+)?$/.test(text) ? text.replace(/^(-?\d+)/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ',')) : text;
  return unit ? `${grouped} ${words(unit)}` : grouped;
}

const barTone = (one) => ({ overdue: 'late', done: 'done' })[one.track];

export const stateBadge = (state) => state && badge(state, stateTones[state]);

function milestone(one, unit) {
  const period = one.period ?? {};
  return h('li', {}, `${quantity(one.target, unit)} by ${period.end ?? period.start ?? '…'}`);
}

function current(one, names) {
  const said = one.current;
  if (!said)
    return h('p', { class: 'empty' }, 'Nothing was reported yet.');
  const about = { about: 'about ', 'at-least': 'at least ', forecast: 'expected: ' }[said.record.qualifier] ?? '';
  const orgs = (ids) => [' ', between(ids.map((id) => orgLink(id, names.get(id.toLowerCase()))))];
  return [
    h('p', { class: 'row' }, said.value && h('span', { class: 'amount' }, about + quantity(said.value, one.unit)), stateBadge(said.state)),
    said.record.text && h('p', {}, words(said.record.text)),
    h('p', { class: 'meta' }, `Reported by ${said.org_name}, as of ${said.as_of}, `, recordLink(said),
      said.record.with?.length > 0 && [' · with', orgs(said.record.with)],
      said.record.funded_by?.length > 0 && [' · funded by', orgs(said.record.funded_by)]),
  ];
}

export function deliverable(one, names = new Map()) {
  const facts = [
    one.indicator,
    one.baseline !== undefined && `from ${quantity(one.baseline, one.unit)}`,
    one.target !== undefined && `target ${quantity(one.target, one.unit)}`,
    one.due && `due ${one.due}`,
    one.step && `step ${one.step}, ${steps[one.step].toLowerCase()}`,
  ].filter(Boolean).map((text) => words(text)).join(' · ');
  return h('li', { class: one.dropped ? 'card void' : 'card' },
    h('h3', {}, one.dropped ? h('s', {}, one.title) : one.title),
    h('p', { class: 'row' }, one.dropped && badge('dropped', 'warn'), trackBadge(one.track), staleBadge(one.stale)),
    h('p', { class: 'meta' }, facts, one.country && [facts && ' · ', countryLink(one.country)]),
    one.percent !== undefined && bar(one.percent, `${one.percent} % of the target`, barTone(one)),
    one.milestones?.length > 0 && h('ul', { class: 'meta' }, one.milestones.map((each) => milestone(each, one.unit))),
    current(one, names));
}

export function deliverables(item, names) {
  return h('section', {}, h('h2', {}, 'Deliverables'), h('ul', { class: 'cards' }, item.deliverables.map((one) => deliverable(one, names))));
}
