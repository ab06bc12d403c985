// Money of one pledge, and of what pledges are for.

import { amount, badge, figures, h, money, recordLink, words } from './dom.js';
import { bar, orgLink, table } from './parts.js';
import { worth } from './lists.js';
import { marks, reasons } from './records.js';
import { moneyColumns } from './words.js';

const some = (decimal) => /[1-9]/.test(decimal ?? '');
// Whole percent, of decimals that may be longer than numbers can be exact.
const percentOf = (part, whole) => (some(whole) ? Math.floor(Number(part) / Number(whole) * 100) : undefined);

/* --- a pledge --- */

const seldom = [['fees', 'Fees'], ['refunded', 'Refunded'], ['spent', 'Spent by the recipient'], ['decommitted', 'Taken back'], ['disputed', 'Disputed, in no other sum']];

export function pledgeMoney(item) {
  if (!item.money || !item.currency)
    return h('p', { class: 'amount' }, worth(item));
  const came = Number(item.money.disbursed) > Number(item.money.received) ? item.money.disbursed : item.money.received;
  const percent = percentOf(came, item.money.pledged);
  const shown = [...moneyColumns, ...seldom.filter(([name]) => some(item.money[name]))];
  return h('section', { class: 'card', 'aria-label': 'Money' },
    figures(shown.map(([name, title]) => [title, amount(item.money[name], item.currency)])),
    percent !== undefined && bar(percent, `${percent} % of what was pledged was disbursed or received`),
    item.own_funds
      ? h('p', { class: 'meta' }, 'Its own funds: no new money.')
      : some(item.money.pledged) && item.money.new !== item.money.pledged && h('p', { class: 'meta' }, `New money: ${amount(item.money.new, item.currency)}; the rest is passed on.`));
}

const paymentStates = { paid: ['paid', 'good'], due: ['to come', ''], overdue: ['overdue', 'bad'], void: ['void', ''] };

export function schedule(item) {
  const payments = item.schedule ?? [];
  if (payments.length === 0)
    return null;
  return h('section', {}, h('h2', {}, 'Schedule'),
    table(['Due', ['Amount', 'number'], ['Paid of it', 'number'], 'State'], payments.map((one) => {
      const [word, tone] = paymentStates[one.state] ?? [];
      return [one.due, money(one.money), one.paid === undefined ? '' : amount(one.paid, one.money.currency), word && badge(word, tone)];
    }), 'Scheduled payments'));
}

const acts = { committed: 'committed', decommitted: 'taken back', disbursed: 'disbursed', received: 'received', refunded: 'refunded', spent: 'spent' };

// What counts of it; what was stated may be in another currency, or goods.
function counted(one, currency) {
  const stated = one.record.money;
  return [
    one.counts !== undefined ? amount(one.counts, currency) : stated ? money(stated) : words(one.record.in_kind?.description),
    stated && stated.currency !== currency && h('div', { class: 'meta' }, `stated as ${money(stated)}`),
    some(one.fees) && h('div', { class: 'meta' }, `and fees of ${amount(one.fees, currency)}`),
  ];
}

function discrepancy(one, currency) {
  const less = one.discrepancy.startsWith('-');
  return badge(`${amount(one.discrepancy.replace('-', ''), currency)} ${less ? 'less' : 'more'} than was disbursed`, 'warn');
}

// Each with what was said of it: struck out where it is void, marked where it is disputed.
export function transactions(item) {
  const all = item.transactions ?? [];
  if (all.length === 0)
    return null;
  const row = (one) => {
    const crossed = (...shown) => (one.state === 'voided' ? h('s', {}, shown) : shown);
    return [
      [crossed(acts[one.is.split('.')[1]] ?? one.is, ' ', h('code', {}, one.tx)), h('div', { class: 'meta' }, recordLink(one))],
      orgLink(one.org, one.org_name), crossed(counted(one, item.currency)),
      h('span', { class: 'day' }, one.record.on),
      [marks(one), one.discrepancy && discrepancy(one, item.currency), reasons(one)],
    ];
  };
  return h('section', {}, h('h2', {}, 'Transactions'),
    table(['What', 'By whom', ['Amount', 'number'], 'On', 'Said of it'], all.map(row), 'Transactions'),
    item.transactions_cut && h('p', { class: 'meta' }, 'The newest; earlier ones are in the history.'));
}

/* --- a budget --- */

function lines(item) {
  const all = item.terms?.budget_lines ?? [];
  const dated = all.some((one) => one.period);
  return all.length > 0 && table(['Budget line', ['Amount', 'number'], ...dated ? ['Period'] : []], all.map((one) =>
    [words(one.title), money(one.money), ...dated ? [one.period ? `${one.period.start ?? '…'} to ${one.period.end ?? '…'}` : ''] : []]), 'Budget lines');
}

// In one currency: the budget, what donors or recipients pledged for it, and the gap.
function funded(one) {
  const percent = one.budget && percentOf(one.pledged, one.budget);
  const shown = [['Budget', one.budget], ['Secured by pledges', one.pledged], ['Funding gap', one.gap], ['Disbursed', one.disbursed], ['Received', one.received]];
  return h('div', { class: 'card' },
    figures(shown.filter(([, value]) => value !== undefined).map(([title, value]) => [title, amount(value, one.currency)])),
    percent !== undefined && bar(percent, `${percent} % of the budget is secured`, percent >= 100 && 'done'));
}

export function budget(item) {
  const funding = item.funding ?? [];
  if (funding.length === 0 && !item.terms.budget)
    return null;
  return h('section', {}, h('h2', {}, 'Budget'),
    funding.length > 0 ? funding.map(funded) : h('p', { class: 'amount' }, money(item.terms.budget)),
    lines(item));
}
