// The record kinds that the demonstration uses: which fields each must and may have, and what they hold.
//
// A check is a function of a value that returns nothing where it holds, else what is wrong with it.
// This is a second reading of the vocabulary, kept apart from the program's own, so that a mistake in
// one is found by the other.

const ORG = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/;
const LOCAL = /^[A-Za-z0-9._-]{1,64}$/;
const NETWORK = /^[a-z0-9-]{2,32}$/;
// No control characters, no bidirectional overrides. A line end is for texts only.
const FORBIDDEN = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069\uD800-\uDFFF]/u;
const ORG_TYPES = [10, 11, 15, 21, 22, 23, 24, 30, 40, 60, 70, 71, 72, 73, 80, 90].map(String);
const THEMES = ['children', 'climate-and-disasters', 'domestic-workers', 'health', 'maternity-and-paternity',
  'migrants', 'older-persons', 'disability', 'refugees', 'informal-and-rural', 'unemployment', 'policy', 'legal',
  'costing-and-financing', 'delivery', 'culture', 'statistics', 'training'];
const MINOR_UNITS = { USD: 2 };
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const matches = (re, what) => v => (typeof v === 'string' && re.test(v) ? undefined : `is not ${what}`);
export const org = matches(ORG, 'an organization identifier');
export const network = matches(NETWORK, 'a network id');
export const local = matches(LOCAL, 'a local id');
export const subject = v => {
  const at = typeof v === 'string' ? v.indexOf(':') : -1;
  return at > 0 && ORG.test(v.slice(0, at)) && LOCAL.test(v.slice(at + 1)) ? undefined : 'is not ORG:LOCAL';
};
const string = max => v => {
  if (typeof v !== 'string' || v.trim() === '') return 'is not a text';
  if ([...v].length > max) return `is longer than ${max} characters`;
  if (FORBIDDEN.test(v)) return 'has a forbidden character';
};
const text = string(4000);
const title = v => string(300)(v) ?? (v.includes('\n') ? 'has a line end in a title' : undefined);
const oneOf = (...all) => v => (all.includes(v) ? undefined : `is none of ${all.join(', ')}`);
const positive = v => (Number.isInteger(v) && v > 0 ? undefined : 'is not an integer above zero');
const yes = v => (v === true ? undefined : 'is not true');

export const date = v => {
  const m = typeof v === 'string' && /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(v);
  if (!m) return 'is not a date';
  const [month, day] = [m[2] === undefined ? 1 : Number(m[2]), m[3] === undefined ? 1 : Number(m[3])];
  if (month < 1 || month > 12 || day < 1 || day > DAYS[month - 1]) return 'is no day of the calendar';
};
const quantity = v => (/^-?\d{1,18}(\.\d+)?$/.test(v) && v.replace(/\D/g, '').length <= 18 ? undefined : 'is not a quantity');

const list = (item, least = 0) => v => {
  if (!Array.isArray(v)) return 'is not a list';
  if (v.length < least) return 'is too short a list';
  for (const [n, x] of v.entries()) {
    const wrong = item(x);
    if (wrong) return `item ${n + 1} ${wrong}`;
  }
};
// An object with these members and no others.
export const object = (required, optional = {}) => v => {
  if (v === null || typeof v !== 'object' || Array.isArray(v)) return 'is not an object';
  for (const name of Object.keys(required)) if (!(name in v)) return `lacks ${name}`;
  for (const [name, x] of Object.entries(v)) {
    const check = required[name] ?? optional[name];
    if (check === undefined) return `has an unknown field ${name}`;
    const wrong = check(x);
    if (wrong) return `${name} ${wrong}`;
  }
};
const period = v => object({}, { start: date, end: date })(v) ?? (Object.keys(v).length ? undefined : 'is an empty period')
  ?? (v.start && v.end && v.start > v.end && !v.start.startsWith(v.end) ? 'ends before it starts' : undefined);
const money = v => {
  const wrong = object({ amount: text, currency: text })(v);
  if (wrong) return wrong;
  const units = MINOR_UNITS[v.currency];
  if (units === undefined) return `currency ${v.currency} is not one that the demonstration uses`;
  if (!/^\d+(\.\d+)?$/.test(v.amount) || Number(v.amount) <= 0) return 'amount is not a decimal above zero';
  if ((v.amount.split('.')[1] ?? '').length > units) return 'amount has more than its minor units';
};

// What cannot be known before keys are made; README.md says what each stands for.
const placeholder = (name, value) => object({ [name]: value });
const key = placeholder('$key', text);
const proof = placeholder('$proof', text);
const rev = placeholder('$ref', subject);

const evidence = object({ title, locator: text, quote: text });
const common = { evidence: list(evidence, 1), note: text };
const classified = {
  networks: list(network, 1),
  countries: list(matches(/^[A-Z]{2}$/, 'a country code'), 1),
  places: list(matches(/^[A-Z]{2}-[A-Z0-9]{1,3}$/, 'a subdivision code'), 1),
  sectors: list(matches(/^\d{5}$/, 'a sector code'), 1),
  sdgs: list(matches(/^\d{1,2}\.[0-9a-z]{1,2}$/, 'a target of the SDGs'), 1),
  themes: list(oneOf(...THEMES), 1),
};
const budget = { budget: money, budget_lines: list(object({ id: local, title, money }, { period }), 1) };
const deliverableFields = object(
  { id: local, title, measure: oneOf('unit', 'percentage', 'nominal', 'ordinal', 'qualitative') },
  { indicator: text, target: text, unit: text, due: date, country: matches(/^[A-Z]{2}$/, 'a country code'),
    step: oneOf(1, 2, 3), milestones: list(object({ period, target: text }), 1) });
const deliverable = v => {
  const wrong = deliverableFields(v);
  if (wrong || v.measure !== 'unit') return wrong;
  for (const x of [v.target, ...(v.milestones ?? []).map(m => m.target)])
    if (x !== undefined && quantity(x)) return `target ${quantity(x)}`;
  return v.unit === undefined ? 'is measured by unit and names none' : undefined;
};
const role = oneOf('lead', 'participating', 'administrative-agent', 'implementing', 'funding', 'national-authority',
  'beneficiary');
const directory = { org, name: title, org_type: oneOf(...ORG_TYPES) };
const directoryMore = { country: matches(/^[A-Z]{2}$/, 'a country code'), aliases: list(title, 1) };
const keys = list(object({ key, proof, label: local }), 1);
const memberRole = oneOf('member', 'observer');

const kind = (required, optional = {}) => object({ is: text, ...required }, { ...common, ...optional });
export const kinds = {
  'log.chartered': kind({ origin: text, key, proof, rules: oneOf(1), codes: placeholder('$codes', yes),
    stewards: list(org, 1), quorum: positive, title }),
  'cosigner.added': kind({ key, proof }),
  'network.chartered': kind({ network, name: title, quorum: object({ admit: positive, speak: positive }),
    conveners: list(object({ org, role: oneOf('chair', 'co-chair', 'convener', 'secretariat') }), 1) },
  { purpose: text, founded: date, composition: text, parent: network }),
  'organization.listed': kind(directory, directoryMore),
  'organization.registered': kind({ ...directory, keys }, { ...directoryMore, network }),
  'membership.granted': kind({ network, org, role: memberRole }),
  'membership.accepted': kind({ network, org, role: memberRole }),
  'partnership.proposed': kind({ id: subject, title, parties: list(object({ org }, { role: text }), 1),
    kind: oneOf('mou', 'fund-window', 'project', 'training', 'task-force', 'research', 'other') },
  { ...classified, ...budget, description: text, signed_on: date, period, parent: subject }),
  'partnership.accepted': kind({ id: subject, rev }, { capacity: text, signed_on: date }),
  'commitment.proposed': kind({ id: subject, title, parties: list(object({ org, role }), 1),
    deliverables: list(deliverable, 1) }, { ...classified, ...budget, description: text, period, partnership: subject }),
  'commitment.progressed': kind({ id: subject, deliverable: local, period }, { value: text,
    qualifier: oneOf('about', 'at-least', 'forecast'), text, with: list(org, 1), funded_by: list(org, 1),
    state: oneOf('planned', 'started', 'advanced', 'adopted', 'achieved') }),
  'pledge.made': kind({ id: subject, title, donor: org, recipient: org, basis: oneOf('reported'), money },
    { ...classified, description: text, for: subject, own_funds: yes }),
};

// These are acts of housekeeping; every other record rests on a quote.
export const bare = ['log.chartered', 'cosigner.added', 'membership.accepted'];
