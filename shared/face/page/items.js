// One item, whole: an agreement, or somebody in the directory.

import * as api from './api.js';
import { agreement } from './agreement.js';
import { badge, fields, fill, h, itemAddress, link, recordLink, words } from './dom.js';
import { between, countryLink, networkLinks, orgLink, table } from './parts.js';
import { history } from './records.js';
import { kindTitles } from './words.js';

const agreements = ['pledges', 'commitments', 'partnerships', 'declarations'];
const listsOf = (filter) => between(agreements.map((view) => h('a', { href: api.addressOf(view, filter) }, kindTitles[view].toLowerCase())), ' · ');

function keyState(one) {
  if (one.revoked)
    return [badge(`revoked: ${one.revoked.reason}`, 'bad'), ' ', recordLink(one.revoked)];
  return one.until === undefined ? badge('active', 'good') : badge('ended', 'warn');
}

function keys(item) {
  const all = [...item.keys, ...item.cosigners];
  return all.length > 0 && h('section', {}, h('h2', {}, 'Keys'),
    table(['Label', 'Key', 'State'], all.map((one) => [one.label ?? 'cosigns the log', h('code', {}, one.key), keyState(one)]), 'Keys'));
}

function organization(item) {
  return [
    h('p', { class: 'meta' }, 'Organization ', h('code', {}, item.id)),
    h('h1', {}, item.name),
    h('p', { class: 'row' }, badge(item.signs ? 'signs for itself' : 'listed, cannot sign yet', item.signs && 'good')),
    h('div', { class: 'card' }, fields([
      ['Also known as', (item.aliases ?? []).join(', ')],
      ['Country', item.country && countryLink(item.country)],
      ['Website', item.website && link(item.website)],
      ['Domains', item.domains?.map((one) => h('div', {}, one.domain, one.seen_by > 0 ? `, seen by ${one.seen_by}, last on ${one.last}` : ', claimed, and seen by nobody of late', one.not_found > 0 ? `; not found in ${one.not_found} sightings` : ''))],
      [item.status === 'listed' ? 'Listed by' : 'Registered by', orgLink(item.by, item.by_name)],
      ['Networks', networkLinks(item.networks)],
      ['Its part in', listsOf({ org: item.id })],
    ])),
    keys(item),
    history('organization', item),
  ];
}

function memberState(one) {
  const [word, tone] = { member: ['member', 'good'], granted: ['invited, not accepted yet', 'warn'] }[one.status] ?? [one.status, ''];
  return badge(word, tone);
}

function network(item) {
  return [
    h('p', { class: 'meta' }, 'Network ', h('code', {}, item.id)),
    h('h1', {}, item.name),
    item.purpose && h('p', {}, item.purpose),
    h('div', { class: 'card' }, fields([
      ['Founded', item.founded],
      ['Made up of', words(item.composition)],
      ['Part of', item.parent && h('a', { href: itemAddress('network', item.parent) }, item.parent)],
      ['Its networks', networkLinks(item.member_networks)],
      ['To admit somebody', `${item.quorum.admit} of its conveners sign`],
      ['To speak as one', `${item.quorum.speak} of its conveners sign`],
      ['Stated in it', listsOf({ network: item.id })],
    ])),
    h('section', {}, h('h2', {}, 'Conveners'), h('ul', { class: 'card' }, item.conveners.map((one) => h('li', {}, orgLink(one.org, one.name), ` (${one.role})`, !one.active && [' ', badge('has not accepted yet', 'warn')])))),
    item.members.length > 0 && h('section', {}, h('h2', {}, 'Members'),
      table(['Organization', 'Role', 'State'], item.members.map((one) => [orgLink(one.org, one.name), one.role, memberState(one)]), 'Members')),
    history('network', item),
  ];
}

export async function itemView(into, { view, id }) {
  const [item, names] = await Promise.all([api.item(view, id), view === 'commitments' && api.orgNames()]);
  const show = { organization, network }[item.kind] ?? agreement;
  fill(into, show(item, names));
}
