// Terms: in force, waiting, earlier; and what an amendment changes.

import { badge, fields, h, money, recordLink, when, words } from './dom.js';
import { quantity } from './deliverables.js';
import { countryLinks, networkLinks, orgLink } from './parts.js';
import { evidence } from './records.js';
import { steps, termsStates } from './words.js';

const period = (value) => `${value.start ?? '…'} to ${value.end ?? '…'}`;
const split = (all) => all.map((one) => `${one.code} ${one.percent} %`).join(', ');
const texts = (all) => all.join(', ');

function goods(value) {
  return [words(value.description), value.quantity && quantity(value.quantity, value.unit), value.value && `worth ${money(value.value)}`].filter(Boolean).join(', ');
}

function deliverableLine(one) {
  return [words(one.title), one.target !== undefined && `target ${quantity(one.target, one.unit)}`, one.due && `due ${one.due}`, one.step && steps[one.step], one.dropped && 'dropped'].filter(Boolean).join(', ');
}

// Of what kind it is, the address finds out.
const subjectLink = (id) => h('a', { href: `/#/subject/${encodeURIComponent(id)}` }, id);
const fundLink = (id) => (id.includes(':') ? subjectLink(id) : orgLink(id));

const bases = { reported: 'a report', announced: 'an announcement', agreement: 'an agreement', payment: 'a payment' };

// How each field of terms is called and printed. What is shown elsewhere on a page (parties,
// deliverables) is here for amendments only: those have `apart`.
const printed = {
  title: ['Title', words, 'apart'],
  description: ['Description', words, 'apart'],
  text: ['Text', words, 'apart'],
  kind: ['Kind', String],
  networks: ['Networks', networkLinks],
  countries: ['Countries', countryLinks],
  country_split: ['Split over countries', split],
  regions: ['Regions', texts],
  region_split: ['Split over regions', split],
  places: ['Places', texts],
  sectors: ['Sectors', texts],
  sector_split: ['Split over sectors', split],
  clusters: ['Clusters', texts],
  tags: ['Tags', (all) => all.map((one) => h('div', {}, one.title ? words(one.title) : one.code, one.title ? ` (${one.vocabulary} ${one.code})` : ` (${one.vocabulary})`, one.percent ? ` ${one.percent}%` : ''))],
  policy_markers: ['Policy markers', (all) => all.map((one) => `${one.code}: ${one.significance}`).join(', ')],
  humanitarian: ['Humanitarian', (value) => (value ? 'yes' : 'no')],
  sdgs: ['SDG targets', texts],
  themes: ['Themes', texts],
  donor: ['Donor', (id) => orgLink(id), 'apart'],
  recipient: ['Recipient', (id) => orgLink(id), 'apart'],
  money: ['Money', money, 'apart'],
  unstated: ['Amount', () => 'not stated'],
  in_kind: ['In kind', goods],
  basis: ['Rests on', (value) => bases[value] ?? value],
  on: ['On', String],
  signed_on: ['Signed on', String],
  period: ['Period', period],
  schedule: ['Schedule', (all) => all.map((one) => `${one.due}: ${money(one.money)}`).join('; '), 'apart'],
  conditions: ['Conditions', words],
  finance_type: ['Finance type', String],
  modality: ['Modality', String],
  earmarking: ['Earmarking', String],
  aid_type: ['Aid type', (all) => all.map((one) => (one.vocabulary ? `${one.code} (vocabulary ${one.vocabulary})` : one.code)).join(', ')],
  tied: ['Tied status', String],
  cash: ['Cash and vouchers', (value) => (value ? 'yes' : 'no')],
  wanted: ['Wanted', (value) => (typeof value === 'string' ? value : value.map((one) => h('div', {}, `${one.id}: `, words(one.title), one.money ? ` ${money(one.money)}` : ` ${one.what}`)))],
  own_funds: ['Own funds', (value) => (value ? 'yes: no new money' : 'no')],
  from_fund: ['From the fund', fundLink],
  funded_by: ['Funded by', (all) => all.map((one) => h('div', {}, subjectLink(one.pledge), ` ${money(one.money)}`))],
  open: ['Open', (value) => (value ? 'others may accede' : 'no')],
  budget: ['Budget', money, 'apart'],
  budget_lines: ['Budget lines', (all) => all.map((one) => `${words(one.title)}: ${money(one.money)}`).join('; '), 'apart'],
  administrative_agent: ['Administrative agent', (id) => orgLink(id)],
  partnership: ['Under the partnership', subjectLink],
  parent: ['Part of', subjectLink],
  for: ['For', subjectLink],
  parties: ['Parties', (all) => all.map((one) => [one.org, one.role && ` (${one.role})`].filter(Boolean).join('')).join('; '), 'apart'],
  deliverables: ['Deliverables', (all) => all.map(deliverableLine).join('; '), 'apart'],
  usd: ['In US dollars', money],
};

function print(field, value) {
  const shown = printed[field];
  return shown ? shown[1](value) : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const named = (field) => printed[field]?.[0] ?? field;

/* --- in force --- */

export function terms(item) {
  const shown = Object.keys(printed).filter((field) => printed[field][2] !== 'apart' && item.terms[field] !== undefined);
  return h('section', {}, h('h2', {}, 'Terms: ', termsStates[item.terms_state] ?? item.terms_state),
    h('div', { class: 'card' },
      fields([
        ...shown.map((field) => [named(field), print(field, item.terms[field])]),
        ['Stated in', [recordLink(item.terms_record), h('div', { class: 'meta' }, h('code', {}, item.terms_record.reference))]],
      ]),
      evidence(item.terms)));
}

/* --- what changes --- */

// Any value of terms in one line.
function plain(value) {
  if (value === null || typeof value !== 'object')
    return String(value);
  if (Array.isArray(value))
    return value.map(plain).join('; ');
  if (value.amount !== undefined)
    return money(value);
  if (value.org !== undefined)
    return [value.org, value.role && `(${value.role})`].filter(Boolean).join(' ');
  if (value.start !== undefined || value.end !== undefined)
    return period(value);
  if (value.title !== undefined)
    return [deliverableLine(value), value.money && money(value.money)].filter(Boolean).join(', ');
  return Object.values(value).every((text) => typeof text === 'string') ? words(value) : JSON.stringify(value);
}

const singular = { parties: 'Party', deliverables: 'Deliverable', budget_lines: 'Budget line' };

// "parties[44000].role" is the role of 44000, in the list of parties.
function change({ path, before, after }) {
  const [, field, of, rest] = /^([^.[]+)(?:\[(.*?)\])?(?:\.(.*))?$/.exec(path) ?? [path, path];
  const whole = of === undefined && rest === undefined;
  const name = of === undefined ? named(field) : (singular[field] ?? named(field));
  const show = (value) => (whole ? print(field, value) : plain(value));
  return h('div', { class: 'change' }, h('dt', {}, [[name, of].filter(Boolean).join(' '), rest].filter(Boolean).join(', ')),
    h('dd', {}, before !== undefined && h('del', {}, show(before)), after !== undefined && h('ins', {}, show(after))));
}

/* --- waiting --- */

export function amendment(item, signatures) {
  const next = item.proposed;
  if (!next)
    return null;
  return h('section', {}, h('h2', {}, next.why === 'correction' ? 'A correction waits: ' : 'An amendment waits: ', next.signed.text),
    h('div', { class: 'card' },
      next.reason && h('p', {}, words(next.reason)),
      h('p', { class: 'meta' }, `Proposed by ${next.by_name ?? next.record.org_name}, `, when(next.record.at), ', ', recordLink(next.record), '. Until every party has accepted it, the terms below stay in force.'),
      next.differences.length > 0 && h('dl', { class: 'changes', 'aria-label': 'What it changes' }, next.differences.map(change))),
    signatures(next.parties, 'Who signed the amendment'));
}

/* --- earlier --- */

const whys = { proposal: 'As first proposed', amendment: 'As amended', correction: 'As corrected' };

function was(one) {
  const set = Object.keys(one.set ?? {});
  return h('details', { class: 'card' },
    h('summary', {}, whys[one.why] ?? one.why, ', ', when(one.at), ', by ', one.org_name, one.held && [' ', badge('were in force')]),
    one.reason && h('p', {}, words(one.reason)),
    set.length > 0 && fields(set.map((field) => [named(field), one.set[field] === null ? 'left out' : print(field, one.set[field])])),
    h('p', { class: 'meta' }, recordLink(one, 'What was signed')));
}

export function earlier(item) {
  const all = item.earlier ?? [];
  return all.length > 0 && h('section', {}, h('h2', {}, 'Earlier terms'), all.map(was));
}
