// Parts that several views are made of: badges, bars, tables, links.

import { addressOf } from './api.js';
import { badge, country, h, itemAddress } from './dom.js';
import { attestedWords, flags, staleWords, statusTones, statusWords, trackWords } from './words.js';

export const orgLink = (id, name) => h('a', { href: itemAddress('organization', id) }, name ?? id);
export const countryLink = (code) => h('a', { href: `/#/countries/${code}` }, country(code));
export const between = (items, text = ', ') => items.flatMap((item, i) => (i > 0 ? [text, item] : [item]));

export function networkLinks(ids) {
  return (ids ?? []).length > 0 && between(ids.map((id) => h('a', { href: itemAddress('network', id) }, id)));
}

export function countryLinks(codes) {
  return (codes ?? []).length > 0 && between(codes.map(countryLink));
}

const NAMED = 6;

export function countries(codes = []) {
  const named = codes.slice(0, codes.length > NAMED + 1 ? NAMED : codes.length).map(country);
  return [...named, ...named.length < codes.length ? [`${codes.length - named.length} more`] : []].join(', ');
}

/* --- badges --- */

export const statusBadge = (item) => badge(statusWords[item.status] ?? item.status, statusTones[item.status]);

export function attestedBadge(item) {
  return item.attested && badge(attestedWords[item.attested], item.attested === 'both' ? 'good' : 'warn');
}

// Who reports what is told beside it; so that flag is no news there.
const shownFlags = (item) => (item.flags ?? []).filter((flag) => !(flag === 'one-sided' && item.attested));

export function flagBadges(item) {
  return shownFlags(item).map((flag) => {
    const [word, meaning, tone] = flags[flag] ?? [flag];
    return h('span', { class: `badge ${tone ?? 'warn'}`, title: meaning }, word);
  });
}

export function flagNotes(item) {
  const told = shownFlags(item).filter((flag) => flags[flag]);
  return told.length > 0 && h('dl', { class: 'flags' }, told.map((flag) => {
    const [word, meaning, tone] = flags[flag];
    return h('div', {}, h('dt', {}, badge(word, tone ?? 'warn')), h('dd', {}, meaning));
  }));
}

function one(words, name) {
  const [word, tone] = words[name] ?? [name];
  return name ? badge(word, tone) : null;
}

export const trackBadge = (name) => one(trackWords, name);
export const staleBadge = (name) => one(staleWords, name);

export function signedBadge(signed) {
  return signed && signed.of > 0 && badge(signed.text, signed.signed === signed.of && 'good');
}

/* --- bars, tables --- */

export function bar(percent, label, tone) {
  return h('div', { class: 'bar-line' },
    h('progress', { max: 100, value: Math.min(percent, 100), class: tone, 'aria-label': label }),
    h('span', { class: 'meta' }, label));
}

// Heads are texts, or [text, class]. Rows are lists of cells; the first one is the row's head.
export function table(heads, rows, caption) {
  const classes = heads.map((head) => Array.isArray(head) && head[1]);
  return h('div', { class: 'scroll card', tabindex: 0, role: 'region', 'aria-label': caption },
    h('table', {},
      h('caption', { class: 'quiet' }, caption),
      h('thead', {}, h('tr', {}, heads.map((head, i) => h('th', { scope: 'col', class: classes[i] }, Array.isArray(head) ? head[0] : head)))),
      h('tbody', {}, rows.map((cells) => h('tr', {}, cells.map((cell, i) => h(i === 0 ? 'th' : 'td', { scope: i === 0 && 'row', class: classes[i] }, cell)))))));
}

// The same list as a table for a spreadsheet.
export function csvLink(path, parameters) {
  const query = new URLSearchParams({ ...parameters, format: 'csv' }).toString();
  return h('p', { class: 'meta' }, h('a', { href: `${path}?${query}`, download: true }, 'As CSV, for a spreadsheet'));
}

/* --- choices --- */

// Choosing goes to the same view with that filter.
export function choice(title, name, options, filters, view, all = 'all') {
  const select = h('select', { name, change: () => { location.href = addressOf(view, { ...filters, [name]: select.value }); } },
    all && h('option', { value: '' }, all),
    options.map(([value, text]) => h('option', { value, selected: filters[name] === value }, text)));
  return h('label', {}, title, select);
}
