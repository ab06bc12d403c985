// Records: evidence, history, and one of them whole.

import * as api from './api.js';
import { badge, fields, fill, h, link, recordLink, when, words } from './dom.js';
import { between, orgLink } from './parts.js';

function quoted(one) {
  return h('div', {},
    one.quote && h('blockquote', {}, words(one.quote)),
    h('p', { class: 'meta' }, [words(one.title), one.locator && words(one.locator)].filter(Boolean).join(', '),
      one.url && [' ', link(one.url)], one.sha256 && [' SHA-256 ', h('code', {}, one.sha256)]));
}

// The first `open` of them, the rest on demand.
export function evidence(record, open = 2) {
  const all = record?.evidence ?? [];
  const rest = all.slice(open);
  const title = open === 0 ? `Evidence (${rest.length})` : `${rest.length} more`;
  return [all.slice(0, open).map(quoted),
    rest.length > 0 && h('details', {}, h('summary', { class: 'meta' }, title), rest.map(quoted))];
}

/* --- what others said of it --- */

export function marks(told) {
  const disputes = told.disputes ?? [];
  const open = disputes.filter((one) => !one.settled);
  return [
    told.voided && badge('voided: counts no longer', 'bad'),
    told.repudiated && badge('repudiated: signed with a key that others had by then', 'bad'),
    open.length > 0 && badge(`disputed by ${open.map((one) => one.org_name).join(', ')}`, 'bad'),
    disputes.length > open.length && badge('a dispute was settled', ''),
    (told.confirmed ?? []).length > 0 && badge(`confirmed by ${told.confirmed.map((one) => one.org_name).join(', ')}`, 'good'),
  ].filter(Boolean);
}

export function reasons(told) {
  const said = [
    ...(told.voided?.reason ? [['Voided: ', told.voided]] : []),
    ...(told.disputes ?? []).filter((one) => one.stated?.reason).map((one) => [`${one.settled ? 'Disputed, and settled,' : 'Disputed'} by ${one.org_name}: `, one.stated]),
  ];
  return said.map(([who, one]) => h('p', { class: 'meta' }, who, words(one.reason)));
}

// What no longer counts is struck out, and says so.
export function sentence(told) {
  return told.voided || told.repudiated ? h('s', {}, told.text) : told.text;
}

function historyEntry(told) {
  const said = marks(told);
  return h('li', { class: told.voided && 'void' }, h('div', {}, sentence(told)),
    said.length > 0 && h('p', { class: 'row' }, said),
    reasons(told),
    h('p', { class: 'meta' }, when(told.at), ' · signed by ', told.org_name, ' · ', recordLink(told)),
    evidence(told.record, 0));
}

export function history(kind, item) {
  const entries = h('ol', { class: 'history card' }, item.history.items.map(historyEntry));
  const more = h('div', {});
  const offer = (next) => {
    more.replaceChildren();
    if (next)
      more.append(h('button', { type: 'button', click: async () => {
        const page = await api.item(`${kind}s`, item.id, { after: next });
        entries.append(...page.history.items.map(historyEntry));
        offer(page.history.next);
      } }, 'Earlier records'));
  };
  offer(item.history.next);
  return h('section', {}, h('h2', {}, 'History'), entries, more);
}

/* --- one record --- */

export async function recordView(into, { index, n }) {
  const told = await api.record(index, n);
  const about = told.links.item && /\/api\/v1\/(\w+)\/(.*)$/.exec(told.links.item);
  const said = marks(told);
  fill(into,
    h('p', { class: 'meta' }, 'Record ', h('code', {}, `${index}/${n}`)),
    h('h1', {}, sentence(told)),
    said.length > 0 && h('p', { class: 'row' }, said), reasons(told),
    h('div', { class: 'card' }, fields([
      ['Stated by', orgLink(told.org, told.org_name)],
      ['At', when(told.at)],
      ['Kind', told.is],
      ['Signed by', told.signers.map((one) => h('div', {}, one.org, ' with key ', h('code', {}, one.key), one.repudiated && [' ', badge('others had this key by then', 'bad')]))],
      ['Reference', h('code', {}, told.reference)],
      ['About', about && h('a', { href: `/#/${about[1]}/${about[2]}` }, decodeURIComponent(about[2]))],
      ['Proof', between([h('a', { href: told.links.proof }, 'that it is in the log'), h('a', { href: told.links.entries }, 'entries')], ' · ')],
    ])),
    h('section', {}, h('h2', {}, 'What was signed'), evidence(told.record, 3), h('pre', { tabindex: 0 }, JSON.stringify(told.record, null, 2))));
}
