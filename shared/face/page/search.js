// Full text over titles, names, ids.

import * as api from './api.js';
import { badge, fill, h, itemAddress } from './dom.js';
import { statusBadge } from './parts.js';
import { kindWords } from './words.js';

function found(one) {
  return h('li', { class: 'card' },
    h('h3', {}, h('a', { href: itemAddress(one.kind, one.id) }, one.title || one.id)),
    h('p', { class: 'row' }, badge(kindWords[one.kind] ?? one.kind), one.status && statusBadge(one), h('span', { class: 'meta' }, one.id)));
}

export async function searchView(into, { filters }) {
  const { q = '' } = filters;
  const cards = h('ul', { class: 'cards' });
  const more = h('div', {});
  const showPage = async (after) => {
    const page = await api.search(q, after ? { after } : {});
    cards.append(...page.items.map(found));
    more.replaceChildren();
    if (page.next)
      more.append(h('button', { type: 'button', click: () => showPage(page.next) }, 'Show more'));
    else if (cards.children.length === 0)
      more.append(h('p', { class: 'empty' }, 'Nothing is called so.'));
  };
  if (q)
    await showPage();
  fill(into, h('h1', {}, q ? `Found for “${q}”` : 'Search'), cards, more);
}
