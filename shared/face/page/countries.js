// Countries: the three steps, deliverables, money.

import * as api from './api.js';
import { badge, country, fill, h, itemAddress } from './dom.js';
import { deliverable, quantity, stateBadge } from './deliverables.js';
import { card } from './lists.js';
import { currencyCard } from './overview.js';
import { bar, between, csvLink, staleBadge, table, trackBadge } from './parts.js';
import { kindTitles, stateTones, stepNotes, steps } from './words.js';

const agreements = ['pledges', 'commitments', 'partnerships', 'declarations'];
// How many countries are asked for their steps at a time, and at most.
const AT_ONCE = 6;
const ASKED_MAX = 120;

/* --- all of them --- */

// How far a deliverable is, in a word.
function stage({ current, percent, track }) {
  if (track === 'done')
    return ['reached', 'good'];
  if (current?.state)
    return [current.state, stateTones[current.state]];
  if (percent !== undefined)
    return [`${percent} %`, ''];
  return current ? [quantity(current.value ?? 'reported'), ''] : ['no report', ''];
}

// What was said of the deliverables of a step: each word once, with how often.
function stepCell(all) {
  const stages = new Map();
  for (const { deliverable: one } of all) {
    const [word, tone] = stage(one);
    stages.set(word, { tone, titles: [...stages.get(word)?.titles ?? [], one.title] });
  }
  return h('div', { class: 'step' }, [...stages].map(([word, { tone, titles }]) =>
    h('span', { class: `badge ${tone}`, title: titles.join('; ') }, titles.length > 1 ? `${word} × ${titles.length}` : word)));
}

function counts(one) {
  const said = agreements.filter((kind) => one[kind] > 0).map((kind) =>
    h('a', { href: api.addressOf(kind, { country: one.code }) }, `${one[kind]} ${one[kind] === 1 ? kind.replace(/s$/, '') : kind}`));
  return h('div', { class: 'meta' }, between(said, ' · '));
}

// The steps of each, as the answers come.
async function fillSteps(cells) {
  const waiting = [...cells].slice(0, ASKED_MAX);
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [code, into] = next;
      const one = await api.item('countries', code);
      for (const { step, deliverables } of one.steps)
        fill(into[step], stepCell(deliverables));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

export async function countriesView(into, { filters }) {
  const page = await api.list('countries', { limit: 1000, ...filters });
  const named = page.items.map((one) => ({ ...one, name: country(one.code) })).sort((a, b) => a.name.localeCompare(b.name));
  const cells = new Map(named.map((one) => [one.code, Object.fromEntries(Object.keys(steps).map((step) => [step, h('div', {})]))]));
  const heads = ['Country', ...Object.entries(steps).map(([step, name]) => `${step} ${name}`), 'Stated'];
  await fillSteps(cells);
  fill(into,
    h('h1', {}, 'Countries'),
    h('p', { class: 'lead' }, 'What joint commitments say of each country, in three steps: ', Object.entries(steps).map(([step, name]) => `${step > 1 ? '; ' : ''}${name.toLowerCase()}, ${stepNotes[step]}`), '.'),
    named.length === 0
      ? h('p', { class: 'empty' }, 'No country was named yet.')
      : table(heads, named.map((one) => [h('a', { href: `/#/countries/${one.code}` }, one.name), ...Object.values(cells.get(one.code)), counts(one)]), 'The three steps of each country'),
    csvLink('/api/v1/countries', filters));
}

/* --- one --- */

function stepItem({ commitment, deliverable: one }) {
  return h('li', {}, h('a', { href: itemAddress('commitment', commitment.id) }, one.title),
    h('p', { class: 'row' }, stateBadge(one.current?.state), trackBadge(one.track), staleBadge(one.stale), !one.current && badge('no report')),
    one.current?.value !== undefined && one.percent === undefined && h('p', {}, quantity(one.current.value, one.unit)),
    one.percent !== undefined && bar(one.percent, `${one.percent} % of the target`, one.track === 'overdue' && 'late'));
}

function stepCard({ step, deliverables }) {
  return h('section', { class: 'card' }, h('h3', {}, `${step} ${steps[step]}`), h('p', { class: 'meta' }, stepNotes[step]),
    deliverables.length === 0 ? h('p', { class: 'empty' }, 'Nothing is stated.') : h('ul', { class: 'plain' }, deliverables.map(stepItem)));
}

const SHOWN = 10;

function agreementsOf(item) {
  return agreements.filter((kind) => item[kind].length > 0).map((kind) => h('section', {},
    h('h2', {}, kindTitles[kind]),
    h('ul', { class: 'cards' }, item[kind].slice(0, SHOWN).map(card)),
    item.counts[kind] > SHOWN && h('p', {}, h('a', { href: api.addressOf(kind, { country: item.code }) }, `All ${item.counts[kind]}`))));
}

export async function countryView(into, { id }) {
  const [item, names] = await Promise.all([api.item('countries', id), api.orgNames()]);
  fill(into,
    h('p', { class: 'meta' }, 'Country ', h('code', {}, item.code)),
    h('h1', {}, country(item.code)),
    h('div', { class: 'three' }, item.steps.map(stepCard)),
    item.deliverables.length > 0 && h('section', {}, h('h2', {}, 'Other deliverables'), h('ul', { class: 'cards' }, item.deliverables.map(({ deliverable: one }) => deliverable(one, names)))),
    item.money.length > 0 && h('section', {}, h('h2', {}, 'Money pledged'), h('div', { class: 'cards' }, item.money.map(currencyCard))),
    agreementsOf(item));
}
