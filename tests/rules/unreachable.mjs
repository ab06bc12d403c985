// Rules that no statement can break by itself: what they guard against, what they would say, and
// the unit test (a file, and its TEST) that breaks them nevertheless.
export const unreachable = {
  // It would take some 10^22 statements of the largest amount.
  'total.limit': {
    said: 'line 3: expected totals within 128 bits, found one beyond',
    source: 'shared/ledger/pledge_money.c',
    by: 'tests/unit/ledger_pledge.c',
    name: 'a_total_stays_within_128_bits',
  },
}
