// The page: header, routing by the address's hash, live feed.

import * as api from './api.js';
import { h, nameCountries, recordLink, when } from './dom.js';
import { Feed } from './feed.js';
import { itemView } from './items.js';
import { kinds, listView } from './lists.js';
import { countriesView, countryView } from './countries.js';
import { dueView } from './due.js';
import { overview } from './overview.js';
import { recordView } from './records.js';
import { searchView } from './search.js';
import { totalsView } from './totals.js';

const FEED_SHOWN = 60;
const FEED_BEFORE = 30;
const REFRESH_MS = 700;

const main = document.getElementById('main');
const feedList = document.getElementById('feed');
let showing = 0;
let refresh;

const views = {
  record: recordView,
  countries: (into, where) => (where.id ? countryView(into, where) : countriesView(into, where)),
  totals: totalsView,
  due: dueView,
  search: searchView,
  subject: subjectView,
};
// What a statement may change is shown anew when one comes in.
const sums = ['', 'countries', 'totals', 'due'];

function show(into, where) {
  if (kinds.includes(where.view))
    return where.id ? itemView(into, where) : listView(into, where);
  return (views[where.view] ?? overview)(into, where);
}

async function subjectView(into, { id }) {
  const view = await api.kindOf(id);
  if (view === undefined)
    throw new Error(`There is no ${id} here.`);
  history.replaceState(null, '', `/#/${view}/${encodeURIComponent(id)}`);
  return itemView(into, { view, id });
}

async function render({ move }) {
  const turn = ++showing;
  const where = api.address();
  main.setAttribute('aria-busy', 'true');
  for (const one of document.querySelectorAll('nav a'))
    one.toggleAttribute('aria-current', false);
  const here = kinds.includes(where.view) || where.view in views ? where.view : '';
  document.querySelector(`nav a[href="/#/${here}"]`)?.setAttribute('aria-current', 'page');
  document.querySelector('#search input').value = where.view === 'search' ? where.filters.q ?? '' : '';
  const page = h('div', {});
  try {
    await show(page, where);
  } catch (error) {
    page.replaceChildren(h('h1', {}, 'This cannot be shown'), h('p', { role: 'alert' }, error.message), h('button', { type: 'button', click: () => render({ move: true }) }, 'Try again'));
  }
  if (turn !== showing)
    return; // the reader has gone on
  main.replaceChildren(page);
  main.removeAttribute('aria-busy');
  document.title = `${main.querySelector('h1')?.textContent ?? ''} – Avow`;
  if (move) {
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
  }
}

/* What came in concerns what is shown? Whoever is using it is not interrupted. */
function concerns(events) {
  const where = api.address();
  if (where.view === 'record')
    return false;
  if (where.id)
    return events.some((event) => event.id === where.id);
  return sums.includes(where.view) || events.some((event) => where.view.startsWith(event.is.split('.')[0]));
}

function refreshSoon() {
  clearTimeout(refresh);
  refresh = setTimeout(() => {
    if ((document.activeElement !== main && main.contains(document.activeElement)) || scrollY > 300) {
      if (!document.getElementById('stale'))
        main.prepend(h('p', { id: 'stale', class: 'note', role: 'status' }, 'There is news here. ', h('button', { type: 'button', click: () => render({ move: true }) }, 'Show it')));
      return;
    }
    render({ move: false });
  }, REFRESH_MS);
}

function feedItem(event, fresh) {
  return h('li', { class: fresh && 'new', 'data-record': `${event.index}/${event.n}` },
    h('div', {}, event.text), h('div', { class: 'meta' }, when(event.at), ' · ', recordLink(event)));
}

function takeBatch(batch, fresh) {
  setSize(batch.size, batch.root);
  for (const event of batch.events)
    feedList.prepend(feedItem(event, fresh));
  while (feedList.children.length > FEED_SHOWN)
    feedList.lastElementChild.remove();
  if (fresh && batch.events.length > 0 && concerns(batch.events))
    refreshSoon();
}

function setSize(size, root) {
  document.getElementById('size').textContent = `${size} ${size === 1 ? 'entry' : 'entries'}`;
  if (root) {
    document.getElementById('root').textContent = root.slice(0, 12);
    document.getElementById('root').title = `Root of the log's tree: ${root}`;
  }
}

function setLive(on) {
  const live = document.getElementById('live');
  live.textContent = on ? 'live' : 'not connected, trying again';
  live.classList.toggle('on', on);
}

// A log that ended, or that goes by rules which its server does not know.
function setStanding({ succeeded, upgrade }) {
  const note = document.getElementById('standing');
  note.hidden = !succeeded && !upgrade;
  if (succeeded)
    note.replaceChildren(`This log ended at entry ${succeeded.entry}. It goes on as ${succeeded.origin}: `, h('a', { href: succeeded.url }, succeeded.url));
  else if (upgrade)
    note.replaceChildren(`What is shown ends at entry ${upgrade.entry}: ${upgrade.text}.`);
}

async function startFeed() {
  try {
    const now = await api.status();
    const known = now.size;
    document.getElementById('origin').textContent = now.origin;
    setSize(now.size, now.root);
    setStanding(now);
    new Feed(Math.max(0, now.size - FEED_BEFORE), {
      onState: setLive,
      onBatch: (batch) => takeBatch(batch, batch.events.some((event) => event.index >= known)),
    });
  } catch {
    setLive(false);
    setTimeout(startFeed, 3000);
  }
}

addEventListener('hashchange', () => render({ move: true }));
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault(); // the hash is the page's address
  main.focus();
});
document.getElementById('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const q = event.target.elements.q.value.trim();
  if (q)
    location.href = api.addressOf('search', { q });
});
try {
  nameCountries((await api.list('countries', { limit: 1000 })).items);
} catch {
  // Names are a comfort; what cannot be reached is told by what is shown next.
}
render({ move: false });
startFeed();
