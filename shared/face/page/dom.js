// Elements, and words for values. Text reaches the page only as text nodes.

export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false)
      continue;
    if (typeof value === 'function')
      element.addEventListener(name, value);
    else
      element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...present(children));
  return element;
}

// What a condition left out (`wanted && h(…)`) is no child.
function present(children) {
  return children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false);
}

export function fill(element, ...children) {
  element.replaceChildren(...present(children));
}

// A text of a record: a string, or one for each language.
export function words(text) {
  if (text === null || typeof text !== 'object')
    return text ?? '';
  for (const tag of navigator.languages ?? []) {
    const found = text[tag] ?? text[tag.split('-')[0]];
    if (found)
      return found;
  }
  return text.en ?? Object.values(text)[0] ?? '';
}

// Without a currency where that stands above it.
export function amount(decimal, currency) {
  const [whole, fraction = ''] = decimal.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${currency ? `${currency} ` : ''}${grouped}${/[1-9]/.test(fraction) ? `.${fraction}` : ''}`;
}

export const money = (value) => amount(value.amount, value.currency);

const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' });
const countryNames = new Map();

// As the log's own list of codes names them; the browser's names are for what is not known yet.
export function nameCountries(all) {
  for (const { code, name } of all)
    countryNames.set(code, name);
}

export const country = (code) => countryNames.get(code) ?? regions.of(code);

export function when(at) {
  return h('time', { datetime: at, title: at }, new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }));
}

export function badge(text, tone) {
  return h('span', { class: tone ? `badge ${tone}` : 'badge' }, text);
}

export function recordLink(stamp, text) {
  return h('a', { href: `/r/${stamp.index}/${stamp.n}` }, text ?? `record ${stamp.index}/${stamp.n}`);
}

export const itemAddress = (kind, id) => `/#/${kind}s/${encodeURIComponent(id)}`;

export function figures(pairs) {
  return h('dl', { class: 'figures-grid' }, pairs.map(([name, value]) => h('div', { class: 'figure' }, h('dt', {}, name), h('dd', {}, value))));
}

export function fields(pairs) {
  return h('dl', { class: 'fields' }, pairs
    .filter(([, value]) => value !== undefined && value !== null && value !== false && value !== '' && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
}

// Only https: leads anywhere; anything else is shown, not linked.
export function link(url, text) {
  return /^https:\/\//.test(url) ? h('a', { href: url, rel: 'noopener noreferrer nofollow' }, text ?? url) : String(text ?? url);
}
