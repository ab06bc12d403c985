// node tests/demo/check.mjs: is the demonstration's data set whole and consistent, before any program reads it?
//
// Prints TAP; exit code 1 where something does not hold. README.md has the form of the files.
import { readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bare, kinds, object, org } from './fields.mjs';

// `--data DIR`: another data set in the same form; this one where there is none.
const at = process.argv.indexOf('--data');
const folder = at < 0 ? new URL('data/', import.meta.url) : pathToFileURL(`${resolve(process.argv[at + 1])}/`);
const read = name => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

// How many facts of each kind the report's digest has: none of these may be missing, none left out.
const MUST = { 'agreement': 19, 'target 2020': 6, 'step result': 28, 'step aggregate': 3, 'money': 11,
  'funding without amount': 20 };
const RECORDS_MAX = 256, LINE_MAX = 49152, NOTE_MAX = 60000, DEPTH_MAX = 8;
// Room for what stands in the place of a placeholder, the header, and two signature lines.
const KEY_ROOM = 300, HEADER_ROOM = 1000;

let count = 0, failed = 0;
function report(name, problems) {
  count++;
  if (problems.length > 0) failed++;
  console.log(`${problems.length > 0 ? 'not ok' : 'ok'} ${count} - ${name}`);
  for (const p of problems) console.log(`  # ${p}`);
}

const stepFields = object({ title: textual, author: org, records: nonEmpty }, { with: nonEmpty, facts: nonEmpty });
function textual(v) { return typeof v === 'string' && v !== '' ? undefined : 'is not a text'; }
function nonEmpty(v) { return Array.isArray(v) && v.length > 0 ? undefined : 'is not a list with items'; }
function depth(v) { return v !== null && typeof v === 'object' ? 1 + Math.max(0, ...Object.values(v).map(depth)) : 0; }
function size(v) { return Buffer.byteLength(JSON.stringify(v)) + KEY_ROOM * (JSON.stringify(v).match(/"\$/g) ?? []).length; }

// Each problem with the step as a file, and with each of its records alone.
function form({ name, step }) {
  const problems = [];
  const wrong = stepFields(step);
  if (wrong) return [`${name} ${wrong}`];
  if (step.records.length > RECORDS_MAX) problems.push('too many records');
  if (step.records.reduce((sum, r) => sum + size(r) + 1, HEADER_ROOM) > NOTE_MAX) problems.push('too large a statement');
  for (const [n, record] of step.records.entries()) {
    const say = p => problems.push(`record ${n + 1} (${record.is}) ${p}`);
    const check = kinds[record.is];
    if (check === undefined) { say('is of a kind that the demonstration does not use'); continue; }
    const problem = check(record);
    if (problem) say(problem);
    if (!record.evidence && !bare.includes(record.is)) say('rests on no quote');
    if (depth(record) > DEPTH_MAX) say('is too deep');
    if (size(record) > LINE_MAX) say('is too long');
  }
  return problems;
}

// The state that the records build up, as far as the demonstration needs it.
const state = { orgs: new Map(), networks: new Map(), subjects: new Map(), labels: new Set() };

const isMember = (id, who) => state.networks.get(id)?.members.has(who);
const isConvener = (id, who) => isMember(id, who) && state.networks.get(id).conveners.includes(who);

// What the vocabulary lets nobody say: one function a kind, told the record, its signers and where to complain.
const acts = {
  'log.chartered'(r, signers, say, entry) {
    if (entry !== 0) say('stands in entry 0 only');
    if (!r.stewards.every(s => signers.includes(s))) say('is not signed by every steward');
    state.stewards = r.stewards;
    stateKey('log', r, say);
  },
  'organization.listed'(r, signers, say) {
    if (![...state.networks.keys()].some(n => isMember(n, signers[0]))) say('is not stated by a member');
    nameOrg(r, signers, say);
    state.orgs.set(r.org, { keys: false });
  },
  'organization.registered'(r, signers, say, entry) {
    if (entry > 0) quorum(r.network, 'admit', signers, say);
    if ((entry === 0) !== (r.network === undefined)) say('names a network, except in entry 0');
    nameOrg(r, signers, say);
    state.orgs.set(r.org, { keys: true, since: entry });
    for (const k of r.keys) stateKey(`${r.org}/${k.label}`, k, say);
  },
  'cosigner.added'(r, signers, say) {
    stateKey(r.key.$key, r, say);
    if (!r.key.$key.startsWith(`${signers[0]}/`)) say('is the key of another');
  },
  'network.chartered'(r, signers, say) {
    if (state.networks.has(r.network)) say('is chartered twice');
    if (r.parent !== undefined && !state.networks.has(r.parent)) say('has an unknown parent');
    if (!state.stewards.includes(signers[0]) && !isConvener(r.parent, signers[0])) say('is not the author\'s to charter');
    for (const c of r.conveners) known(c.org, say);
    const conveners = r.conveners.map(c => c.org);
    state.networks.set(r.network, { conveners, quorum: r.quorum, granted: new Set(),
      members: new Set(conveners.filter(c => signers.includes(c))) });
  },
  'membership.granted'(r, signers, say) {
    quorum(r.network, 'admit', signers, say);
    known(r.org, say);
    if (signers.includes(r.org)) state.networks.get(r.network)?.members.add(r.org);
    else state.networks.get(r.network)?.granted.add(r.org);
  },
  'membership.accepted'(r, signers, say) {
    const net = state.networks.get(r.network);
    if (r.org !== signers[0]) say('accepts for another');
    if (!net?.granted.has(r.org) && !net?.conveners.includes(r.org)) say('accepts what was not granted');
    net?.members.add(r.org);
  },
  'partnership.proposed': propose,
  'commitment.proposed'(r, signers, say) {
    propose(r, signers, say);
    const ids = r.deliverables.map(d => d.id);
    if (new Set(ids).size !== ids.length) say('has two deliverables of one id');
    if (r.parties.filter(p => p.role === 'lead').length !== 1) say('has not one lead');
    if (r.partnership !== undefined && state.subjects.get(r.partnership)?.is !== 'partnership.proposed')
      say(`belongs to ${r.partnership}, which is no partnership`);
  },
  'partnership.accepted'(r, signers, say) {
    const terms = subject(r.id, say);
    if (r.rev.$ref !== r.id) say('accepts another\'s terms');
    if (!terms?.parties.some(p => p.org === signers[0])) say('is accepted by one who is not a party');
    if (terms?.author === signers[0]) say('is accepted by its own author');
  },
  'commitment.progressed'(r, signers, say) {
    const terms = subject(r.id, say);
    const d = terms?.deliverables.find(x => x.id === r.deliverable);
    if (!terms?.parties.some(p => p.org === signers[0])) say('is reported by one who is not a party');
    if (d === undefined) say(`reports on ${r.deliverable}, which is not there`);
    if (d?.measure === 'unit' && r.value !== undefined && !/^\d+$/.test(r.value)) say('has a value that is no quantity');
    if (r.value === undefined && r.state === undefined && r.text === undefined) say('says nothing');
    for (const o of [...r.with ?? [], ...r.funded_by ?? []]) known(o, say);
  },
  'pledge.made'(r, signers, say) {
    newSubject(r, signers, say);
    known(r.donor, say);
    known(r.recipient, say);
    if (r.for !== undefined) subject(r.for, say);
    if ((r.donor === r.recipient) !== (r.own_funds === true)) say('is to oneself just where it is of own funds');
  },
};

function propose(r, signers, say) {
  newSubject(r, signers, say);
  const orgs = r.parties.map(p => p.org);
  for (const o of orgs) known(o, say);
  if (orgs[0] !== signers[0]) say('does not name its author as the first party');
  if (new Set(orgs).size !== orgs.length) say('names a party twice');
  if (r.parent !== undefined) subject(r.parent, say);
}

function newSubject(r, signers, say) {
  if (state.subjects.has(r.id)) say(`takes the id ${r.id} again`);
  if (!r.id.startsWith(`${signers[0]}:`)) say(`takes the id ${r.id}, which is not its author's`);
  for (const n of r.networks ?? []) if (!isMember(n, signers[0])) say(`names ${n}, of which its author is no member`);
  state.subjects.set(r.id, { ...r, author: signers[0] });
}

function subject(id, say) {
  if (!state.subjects.has(id)) say(`speaks of ${id}, which is unknown`);
  return state.subjects.get(id);
}

function known(id, say) {
  if (!state.orgs.has(id)) say(`names ${id}, which is neither listed nor registered`);
}

function nameOrg(r, signers, say) {
  const vouched = /^XV\.([a-z0-9-]{2,32})\.(.+)$/.exec(r.org);
  const same = [...state.orgs.keys()].find(o => o.toLowerCase() === r.org.toLowerCase());
  if (same !== undefined) say(`names ${r.org} again`);
  if (r.org.startsWith('XV.') && !vouched) say(`${r.org} is no vouched identifier`);
  if (vouched && !isConvener(vouched[1], signers[0])) say(`${r.org} is not the author's to vouch for`);
}

function stateKey(label, r, say) {
  if (r.key.$key !== r.proof.$proof || r.key.$key !== label) say('states one key and proves another');
  if (state.labels.has(r.key.$key)) say(`states the key ${r.key.$key} again`);
  state.labels.add(r.key.$key);
}

function quorum(id, act, signers, say) {
  const net = state.networks.get(id);
  if (net === undefined) return say(`names the network ${id}, which is unknown`);
  const n = signers.filter(s => isConvener(id, s)).length;
  if (n < net.quorum[act]) say(`is signed by ${n} conveners of ${id} that may count, not ${net.quorum[act]}`);
}

// Each problem with the step's records in the state that the steps before have left.
function sense({ step }, entry) {
  const problems = [];
  const signers = [step.author, ...step.with ?? []];
  for (const s of signers)
    if (entry > 0 && !(state.orgs.get(s)?.keys && state.orgs.get(s).since < entry)) problems.push(`${s} has no key to sign with`);
  if (new Set(signers).size !== signers.length) problems.push('names a signer twice');
  for (const [n, record] of step.records.entries())
    acts[record.is](record, signers, p => problems.push(`record ${n + 1} (${record.is}) ${p}`), entry);
  return problems;
}

const names = readdirSync(folder).filter(n => /^\d\d-.*\.json$/.test(n)).sort();
const steps = names.map(name => ({ name, step: read(name) }));
report('the steps are numbered from 00 without a gap',
  names.flatMap((name, n) => (Number(name.slice(0, 2)) === n ? [] : [`${name} is in place ${n}`])));
for (const [n, s] of steps.entries()) {
  let problems = form(s);
  if (problems.length === 0) problems = sense(s, n);
  report(`${s.name} is well formed and may be said`, problems);
}

report('every convener has signed its network\'s charter or accepted', [...state.networks].flatMap(([id, n]) =>
  n.conveners.filter(c => !n.members.has(c)).map(c => `${c} of ${id}`)));
report('every organization is named by a record besides its own', [...state.orgs.keys()].filter(o =>
  !steps.some(s => s.step.records.some(r => !r.is.startsWith('organization.') && JSON.stringify(r).includes(`"${o}`)))));

// The facts: each stated by a step, or left out with a reason.
const facts = read('facts.json');
const inSteps = new Set(steps.flatMap(s => s.step.facts ?? []));
const byId = new Map(facts.map(f => [f.id, f]));
report('every fact is listed once, either stated or left out', facts.flatMap(f =>
  ((f.stated === undefined) === (f.left_out === undefined) || byId.get(f.id) !== f ? [`${f.id}`] : [])));
report('every fact that is stated is in a step, and no other', facts.flatMap(f =>
  (inSteps.has(f.id) === (f.stated !== undefined) ? [] : [f.id])));
report('every fact that a step names is listed', [...inSteps].filter(id => !byId.has(id)));
for (const [kind, n] of Object.entries(MUST)) {
  const these = facts.filter(f => f.kind === kind);
  report(`all ${n} facts of kind ${kind} are stated`, [
    ...these.length === n ? [] : [`${these.length} are listed`],
    ...these.filter(f => f.stated === undefined).map(f => `${f.id} is left out`)]);
}
report('the subjects that the list of facts speaks of exist', facts.flatMap(f =>
  (f.stated?.match(/[A-Z][A-Za-z0-9._-]*:[A-Za-z0-9._-]+/g) ?? []).filter(id => !state.subjects.has(id)).map(id => `${f.id}: ${id}`)));

// The report's own sums. Whole cents, so that nothing is lost.
const cents = m => Math.round(Number(m.amount) * 100);
const sum = all => all.reduce((total, m) => total + cents(m), 0);
for (const t of state.subjects.values())
  if (t.budget_lines)
    report(`the budget lines of ${t.id} add up to its budget`, sum(t.budget_lines.map(l => l.money)) === cents(t.budget) ? [] : ['they do not']);

// The country table: who requested which of the three steps (lines 396-404, 498-504, 574-581), each a deliverable.
const REQUESTED = {
  1: 'CV KH CM SV HN IN KG LA MW MZ NE PK PY PS SN TL VN ZM',
  2: 'CV KH CM SV HN IN KG LA MW MZ MM NE PS PY SN TL TG VN ZM',
  3: 'CV KH CM SV HN IN ID LA MW MZ MM NE PS PK PY SN TL TG VN ZM',
};
const deliverables = [...state.subjects.values()].flatMap(t => t.deliverables ?? []);
for (const [step, codes] of Object.entries(REQUESTED))
  report(`each country that requested Step ${step} has it`, codes.split(' ').filter(code =>
    !deliverables.some(d => d.step === Number(step) && d.country === code)));
report('what is a step of the country table names both country and step', deliverables.filter(d =>
  /^[a-z]{2}-(s\d|step-\d)/.test(d.id) && !(d.country?.toLowerCase() === d.id.slice(0, 2) && d.step === Number(/\d/.exec(d.id)))).map(d => d.id));

// The budget of the support to the Palestinian Social Security Corporation: half of it secured, the rest a gap.
const secured = [...state.subjects.values()].filter(t => t.is === 'pledge.made' && t.for?.endsWith(':opt-pssc'));
report('the contributions to the occupied Palestinian territory add up to the USD 1.85 million secured',
  sum(secured.map(p => p.money)) === 185000000 ? [] : [`${sum(secured.map(p => p.money)) / 100}`]);
report('as much again is still to be found of its budget of USD 3.7 million',
  cents(state.subjects.get('XM-DAC-41302:opt-pssc').budget) - sum(secured.map(p => p.money)) === 185000000 ? [] : ['it is not']);
report('no pledge is stated by another side than the recipient',
  [...state.subjects.values()].filter(t => t.is === 'pledge.made' && t.author !== t.recipient).map(t => t.id));
const nodes = steps.filter(s => s.step.records.some(r => r.is === 'cosigner.added')).map(s => s.step.author);
report('eight organizations at least run a node', new Set(nodes).size >= 8 ? [] : nodes);

console.log(`1..${count}`);
process.exitCode = failed > 0 ? 1 : 0;
