// Countries: the three steps, deliverables, money.

import * as api from './api.js';
import { amount, badge, country, fill, h, itemAddress } from './dom.js';
import { deliverable, stateBadge } from './deliverables.js';
import { csvLink, table } from './parts.js';
import { stepNotes, steps } from './words.js';

const numbers = Object.keys(steps);

export async function countriesView(into) {
  fill(into, h('h1', {}, 'Countries'));
}
export async function countryView(into, { id }) {
  fill(into, h('h1', {}, country(id)));
}
