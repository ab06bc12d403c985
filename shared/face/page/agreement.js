// A pledge, a commitment, a partnership, a declaration: whole.

import { badge, h, money, recordLink, when, words } from './dom.js';
import { deliverables } from './deliverables.js';
import { budget, pledgeMoney, schedule, transactions } from './money.js';
import { attestedBadge, flagNotes, orgLink, statusBadge, table } from './parts.js';
import { evidence, history } from './records.js';
import { amendment, earlier, terms } from './terms.js';
import { kindWords, partyStates } from './words.js';

/* --- who signed --- */

function partyRow(party) {
  const [text, tone] = partyStates[party.state] ?? [party.state, ''];
  const signature = party.signature;
  return [
    [orgLink(party.org, party.name), party.capacity && h('div', { class: 'meta' }, party.capacity)],
    [party.role, party.allocated && h('div', { class: 'meta' }, 'allocated ', money(party.allocated))],
    [badge(text, tone), party.acceded && [' ', badge('acceded')], party.dropped && [' ', badge('no longer a party', 'warn')], party.signed_on && ` on ${party.signed_on}`, party.elsewhere && [` on ${party.elsewhere.on}`, evidence(party.elsewhere)]],
    party.answer ? [when(party.answer.at), ' ', recordLink(party.answer), party.answer.reason && h('div', { class: 'meta' }, words(party.answer.reason))] : signature && [when(signature.at), ' ', recordLink(signature),
      (signature.keys ?? []).length > 0 && h('div', { class: 'meta' }, 'key ', signature.keys.map((one) => [h('code', {}, one.key, ' '), one.repudiated && badge('repudiated', 'bad')]))],
  ];
}

const signatures = (parties, caption) => table(['Organization', 'Role', 'Signature', 'Where'], parties.map(partyRow), caption);

function parties(item) {
  return item.parties.length > 0 && h('section', {}, h('h2', {}, 'Parties: ', item.signed.text), signatures(item.parties, 'Who signed'));
}

// What one side says is that side's word.
function reported(item) {
  if (item.kind !== 'pledge' || item.attested === 'both')
    return null;
  const silent = item.own_funds ? [] : { donor: [item.recipient_name], recipient: [item.donor_name], 'third-party': [item.donor_name, item.recipient_name] }[item.attested] ?? [];
  return silent.length > 0 && h('p', { class: 'note' }, `Reported by ${item.author_name}. Not confirmed by ${silent.join(' or ')}.`);
}

function spoken(item) {
  if (item.kind !== 'declaration')
    return null;
  const speaks = item.speaks ?? [];
  return h('p', { class: 'note plain' }, speaks.length > 0
    ? `Signed by enough conveners to be the word of ${speaks.map((one) => one.name).join(' and ')}.`
    : 'The word of those who signed it, not of a network: not enough of its conveners have signed.');
}

const lives = { suspended: 'Suspended', completed: 'Completed', ended: 'Ended', withdrawn: 'Withdrawn' };

function life(item) {
  return item.life && h('p', { class: 'note plain' }, lives[item.life.is] ?? item.life.is, ' by ', item.life.org_name, ', ', when(item.life.at),
    item.life.reason && `: ${words(item.life.reason)}`, ' ', recordLink(item.life));
}

export function agreement(item, names) {
  return [
    h('p', { class: 'meta' }, kindWords[item.kind], ' ', h('code', {}, item.id)),
    h('h1', {}, item.title || item.id),
    h('p', { class: 'row' }, statusBadge(item), attestedBadge(item)),
    flagNotes(item),
    life(item), reported(item), spoken(item),
    item.kind === 'pledge' && h('p', {}, orgLink(item.donor, item.donor_name), ' to ', orgLink(item.recipient, item.recipient_name)),
    item.description && h('p', {}, item.description),
    item.text && h('p', { class: 'said' }, item.text),
    item.kind === 'pledge' && [pledgeMoney(item), schedule(item), transactions(item)],
    amendment(item, signatures),
    budget(item),
    item.kind === 'commitment' && deliverables(item, names),
    parties(item),
    terms(item),
    earlier(item),
    history(item.kind, item),
  ];
}
