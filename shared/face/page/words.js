// What codes of the log are called here, and what flags mean.

export const kindTitles = {
  pledges: 'Pledges',
  commitments: 'Joint programming commitments',
  partnerships: 'Partnerships',
  declarations: 'Declarations',
  networks: 'Networks',
  organizations: 'Organizations',
};

export const kindWords = {
  pledge: 'Pledge',
  commitment: 'Joint programming commitment',
  partnership: 'Partnership',
  declaration: 'Declaration',
  network: 'Network',
  organization: 'Organization',
};

export const statusWords = {
  committed: 'committed (firm agreement)',
  'part-disbursed': 'partly disbursed',
  'in-progress': 'in progress',
  declared: 'declared by one organization',
};

export const statusTones = {
  agreed: 'good', received: 'good', disbursed: 'good', completed: 'good',
  declined: 'bad', withdrawn: 'bad', suspended: 'warn',
};

export const attestedWords = {
  donor: 'stated by the donor only',
  recipient: 'reported by the recipient only',
  both: 'confirmed by donor and recipient',
  'third-party': 'reported by a third party',
};

export const moneyColumns = [
  ['pledged', 'Pledged'],
  ['committed', 'Committed (firm agreement)'],
  ['disbursed', 'Disbursed'],
  ['received', 'Received'],
  ['outstanding', 'Outstanding'],
];

// The word, and what it says; `bad` ones are disagreements.
export const flags = {
  exceeds: ['more than was pledged', 'More was committed, sent or given back than was promised before. That may well be so: it is shown, not refused.'],
  discrepancy: ['received is not what was disbursed', 'What the recipient says came in, with the fees it names, is not what the donor says was sent.'],
  disputed: ['disputed', 'An organization that is named here says that something is not so. Disputed money stands apart and is in no other sum.', 'bad'],
  repudiated: ['repudiated', 'A statement here was signed with a key of which its organization said later that others had it by then.', 'bad'],
  overdue: ['overdue', 'Something was due by now, and nobody has said that it came.', 'bad'],
  'one-sided': ['one side only', 'One side states it; the other has not confirmed it.'],
};

export const trackWords = {
  done: ['reached', 'good'],
  'on-track': ['on track', 'good'],
  'due-soon': ['due soon', 'warn'],
  overdue: ['overdue', 'bad'],
};

export const staleWords = {
  amber: ['no report for a year', 'warn'],
  red: ['no report for two years', 'bad'],
};

export const steps = { 1: 'Strategy', 2: 'Design', 3: 'Operations' };

export const stepNotes = {
  1: 'a national strategy or plan',
  2: 'schemes designed or reformed, laws adopted',
  3: 'operations improved',
};

export const stateTones = { planned: '', started: 'warn', advanced: 'warn', adopted: 'good', achieved: 'good' };

export const partyStates = {
  open: ['not signed', 'warn'],
  signed: ['signed', 'good'],
  declined: ['declined', 'bad'],
  elsewhere: ['signed on paper', ''],
  keyless: ['cannot sign here yet', ''],
  left: ['left', 'warn'],
};

export const termsStates = {
  'in-force': 'in force',
  proposed: 'proposed, not agreed yet',
  declined: 'declined',
  declared: 'declared by one organization, joined by nobody',
  stated: 'as one side states them',
};

export const by = {
  network: 'Network', donor: 'Donor', recipient: 'Recipient', country: 'Country', currency: 'Currency',
  status: 'Status', year: 'Year', fund: 'Fund', for: 'What it is for',
};

// What a list can be asked for.
const lives = ['proposed', 'agreed', 'declared', 'in-progress', 'completed', 'suspended', 'ended', 'declined', 'withdrawn'];
export const statuses = {
  pledges: ['announced', 'committed', 'part-disbursed', 'disbursed', 'received', 'declined', 'withdrawn'],
  commitments: lives,
  partnerships: lives.filter((one) => one !== 'in-progress'),
  declarations: lives.filter((one) => one !== 'in-progress'),
};
