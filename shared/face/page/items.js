// One item, and one record, whole.

import * as api from './api.js';
import { amount, badge, fields, figures, fill, h, itemAddress, link, money, recordLink, when, words } from './dom.js';
import { attestedBadge, countries, flagBadges, statusBadge, worth } from './lists.js';

const orgLink = (id, name) => h('a', { href: itemAddress('organization', id) }, name ?? id);

/* --- who signed --- */

const partyStates = {
  open: ['not signed', 'warn'],
  signed: ['signed', 'good'],
  declined: ['declined', 'bad'],
  elsewhere: ['on paper', ''],
  keyless: ['cannot sign here', ''],
};

function partyRow(party) {
  const [text, tone] = partyStates[party.state] ?? [party.state, ''];
  const signature = party.signature;
  return h('tr', {},
    h('td', {}, orgLink(party.org, party.name), party.capacity && h('div', { class: 'meta' }, party.capacity)),
    h('td', {}, party.role ?? ''),
    h('td', {}, badge(text, tone), party.signed_on && ` on ${party.signed_on}`),
    h('td', {}, signature && [when(signature.at), ' ', recordLink(signature),
      (signature.keys ?? []).length > 0 && h('div', { class: 'meta' }, 'key ', signature.keys.map((one) => h('code', {}, one.key, ' ')))]));
}

function parties(item) {
  return h('section', {}, h('h2', {}, 'Parties: ', item.signed.text),
    h('div', { class: 'scroll card' }, h('table', {},
      h('thead', {}, h('tr', {}, ['Organization', 'Role', 'Signature', 'Where'].map((title) => h('th', { scope: 'col' }, title)))),
      h('tbody', {}, item.parties.map(partyRow)))));
}

/* --- evidence, history --- */

function evidence(record) {
  return (record.evidence ?? []).map((one) => h('div', {},
    one.quote && h('blockquote', {}, words(one.quote)),
    h('p', { class: 'meta' }, [words(one.title), one.locator && words(one.locator)].filter(Boolean).join(', '),
      one.url && [' ', link(one.url)], one.sha256 && [' SHA-256 ', h('code', {}, one.sha256)])));
}

function historyEntry(told) {
  return h('li', {}, h('div', {}, told.text),
    h('p', { class: 'meta' }, when(told.at), ' · signed by ', told.org_name, ' · ', recordLink(told)),
    evidence(told.record));
}

function history(kind, item) {
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

/* --- agreements --- */

function bar(percent, label) {
  return [h('progress', { max: 100, value: Math.min(percent, 100), 'aria-label': label }), h('span', { class: 'meta' }, label)];
}

function deliverable(one) {
  const target = one.target && `${words(one.target)}${one.unit ? ` ${one.unit}` : ''}`;
  const current = one.current;
  return h('li', { class: 'card' },
    h('h3', {}, one.title),
    h('p', { class: 'meta' }, [one.indicator, one.baseline && `from ${words(one.baseline)}`, target && `target ${target}`, one.due && `due ${one.due}`, one.country && countries([one.country])].filter(Boolean).join(' · ')),
    one.percent !== undefined && bar(one.percent, `${one.percent} % of the target`),
    current
      ? h('p', {}, [current.value, current.state].filter(Boolean).map((text) => badge(text, 'good')), ' ', `reported by ${current.org_name}, as of ${current.as_of}, `, recordLink(current))
      : h('p', { class: 'empty' }, 'Nothing was reported yet.'));
}

function deliverables(item) {
  return h('section', {}, h('h2', {}, 'Deliverables'), h('ul', { class: 'cards' }, item.deliverables.map(deliverable)));
}

function pledgeMoney(item) {
  if (!item.money || !item.currency)
    return h('p', { class: 'amount' }, worth(item));
  const shown = [['Pledged', 'pledged'], ['Committed (firm agreement)', 'committed'], ['Disbursed', 'disbursed'], ['Received', 'received'], ['Outstanding', 'outstanding']];
  const pledged = Number(item.money.pledged);
  const came = Math.max(Number(item.money.disbursed), Number(item.money.received));
  const percent = pledged > 0 ? Math.floor(came / pledged * 100) : undefined;
  return h('section', { class: 'card' },
    figures(shown.map(([title, name]) => [title, amount(item.money[name], item.currency)])),
    percent !== undefined && bar(percent, `${percent} % of what was pledged was disbursed or received`));
}

// What one side says is that side's word.
function reported(item) {
  if (item.kind !== 'pledge' || item.attested === 'both')
    return null;
  const silent = { donor: [item.recipient_name], recipient: [item.donor_name], 'third-party': [item.donor_name, item.recipient_name] }[item.attested] ?? [];
  return h('p', { class: 'note' }, `Reported by ${item.author_name}. Not confirmed by ${silent.join(' or ')}.`);
}

const shownTerms = [
  ['period', 'Period', (value) => [value.start, value.end].map((day) => day ?? '…').join(' to ')],
  ['basis', 'Rests on', (value) => ({ reported: 'a report', announced: 'an announcement', agreement: 'an agreement', payment: 'a payment' })[value] ?? value],
  ['signed_on', 'Signed on', String],
  ['on', 'On', String],
  ['budget', 'Budget', money],
  ['in_kind', 'In kind', (value) => [words(value.description), value.quantity, value.unit].filter(Boolean).join(' ')],
  ['conditions', 'Conditions', words],
  ['modality', 'Modality', String],
  ['for', 'For', String],
  ['sectors', 'Sectors', (value) => value.join(', ')],
  ['sdgs', 'SDG targets', (value) => value.join(', ')],
];

function terms(item) {
  const states = { 'in-force': 'in force', proposed: 'proposed, not agreed yet', declined: 'declined', declared: 'declared by one organization', stated: 'as stated by one side' };
  return h('section', {}, h('h2', {}, 'Terms: ', states[item.terms_state] ?? item.terms_state),
    h('div', { class: 'card' },
      fields([
        ['Networks', item.networks?.length > 0 && item.networks.map((id) => [h('a', { href: itemAddress('network', id) }, id), ' '])],
        ['Countries', countries(item.countries)],
        ['Themes', (item.themes ?? []).join(', ')],
        ...shownTerms.filter(([name]) => item.terms[name] !== undefined).map(([name, title, print]) => [title, print(item.terms[name])]),
        ['Stated in', recordLink(item.terms_record, item.terms_record.reference)],
      ].filter(([, value]) => value)),
      evidence(item.terms)));
}

function subject(item) {
  const what = { pledge: 'Pledge', commitment: 'Joint programming commitment', partnership: 'Partnership' }[item.kind];
  return [
    h('p', { class: 'meta' }, what, ' ', h('code', {}, item.id)),
    h('h1', {}, item.title || item.id),
    h('p', { class: 'row' }, statusBadge(item), attestedBadge(item), flagBadges(item)),
    reported(item),
    item.kind === 'pledge' && h('p', {}, orgLink(item.donor, item.donor_name), ' to ', orgLink(item.recipient, item.recipient_name)),
    item.description && h('p', {}, item.description),
    item.kind === 'pledge' && pledgeMoney(item),
    item.kind === 'commitment' && deliverables(item),
    parties(item),
    terms(item),
    history(item.kind, item),
  ];
}

/* --- directory --- */

function keyRow(one) {
  return h('tr', {}, h('td', {}, one.label ?? ''), h('td', {}, h('code', {}, one.key)),
    h('td', {}, one.revoked ? [badge(`revoked: ${one.revoked.reason}`, 'bad'), ' ', recordLink(one.revoked)] : one.until === undefined ? badge('active', 'good') : badge('ended', 'warn')));
}

function organization(item) {
  return [
    h('p', { class: 'meta' }, 'Organization ', h('code', {}, item.id)),
    h('h1', {}, item.name),
    h('p', { class: 'row' }, badge(item.signs ? 'signs for itself' : 'listed, cannot sign yet', item.signs && 'good')),
    h('div', { class: 'card' }, fields([
      ['Also known as', (item.aliases ?? []).join(', ')],
      ['Country', item.country_name],
      ['Website', item.website && link(item.website)],
      [item.status === 'listed' ? 'Listed by' : 'Registered by', orgLink(item.by, item.by_name)],
      ['Networks', item.networks?.length > 0 && item.networks.map((id) => [h('a', { href: itemAddress('network', id) }, id), ' '])],
      ['Its statements', [h('a', { href: api.addressOf('pledges', { org: item.id }) }, 'pledges'), ' · ', h('a', { href: api.addressOf('commitments', { org: item.id }) }, 'commitments'), ' · ', h('a', { href: api.addressOf('partnerships', { org: item.id }) }, 'partnerships')]],
    ].filter(([, value]) => value))),
    item.keys.length > 0 && h('section', {}, h('h2', {}, 'Keys'), h('div', { class: 'scroll card' }, h('table', {}, h('thead', {}, h('tr', {}, ['Label', 'Key', 'State'].map((title) => h('th', { scope: 'col' }, title)))), h('tbody', {}, [...item.keys, ...item.cosigners].map(keyRow))))),
    history('organization', item),
  ];
}

function network(item) {
  const memberRow = (one) => h('tr', {}, h('td', {}, orgLink(one.org, one.name)), h('td', {}, one.role), h('td', {}, one.status === 'member' ? badge('member', 'good') : badge('invited, not accepted yet', 'warn')));
  return [
    h('p', { class: 'meta' }, 'Network ', h('code', {}, item.id)),
    h('h1', {}, item.name),
    item.purpose && h('p', {}, item.purpose),
    h('p', { class: 'row' }, h('a', { href: api.addressOf('pledges', { network: item.id }) }, 'Its pledges'), h('a', { href: api.addressOf('commitments', { network: item.id }) }, 'its commitments'), h('a', { href: api.addressOf('partnerships', { network: item.id }) }, 'its partnerships')),
    h('section', {}, h('h2', {}, 'Conveners'), h('ul', { class: 'card' }, item.conveners.map((one) => h('li', {}, orgLink(one.org, one.name), ` (${one.role})`, !one.active && [' ', badge('has not accepted yet', 'warn')])))),
    item.members.length > 0 && h('section', {}, h('h2', {}, 'Members'), h('div', { class: 'scroll card' }, h('table', {}, h('tbody', {}, item.members.map(memberRow))))),
    history('network', item),
  ];
}

export async function itemView(into, { view, id }) {
  const item = await api.item(view, id);
  const show = { organization, network }[item.kind] ?? subject;
  fill(into, show(item));
}

/* --- one record --- */

export async function recordView(into, { index, n }) {
  const told = await api.record(index, n);
  const about = told.links.item && /\/api\/v1\/(\w+)\/(.*)$/.exec(told.links.item);
  fill(into,
    h('p', { class: 'meta' }, 'Record ', h('code', {}, `${index}/${n}`)),
    h('h1', {}, told.text),
    h('div', { class: 'card' }, fields([
      ['Stated by', orgLink(told.org, told.org_name)],
      ['At', when(told.at)],
      ['Kind', told.is],
      ['Signed by', told.signers.map((one) => h('div', {}, one.org, ' with key ', h('code', {}, one.key)))],
      ['Reference', h('code', {}, told.reference)],
      ['About', about && h('a', { href: `/#/${about[1]}/${about[2]}` }, decodeURIComponent(about[2]))],
      ['Proof', [h('a', { href: told.links.proof }, 'that it is in the log'), ' · ', h('a', { href: told.links.entries }, 'entries')]],
    ].filter(([, value]) => value))),
    h('section', {}, h('h2', {}, 'What was signed'), evidence(told.record), h('pre', { tabindex: 0 }, JSON.stringify(told.record, null, 2))));
}
