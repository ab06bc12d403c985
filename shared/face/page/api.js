// The API, and addresses of the page: "#/pledges?network=spiac-b".

export async function get(path, parameters) {
  const query = new URLSearchParams(parameters).toString();
  const answer = await fetch(query ? `${path}?${query}` : path, { headers: { accept: 'application/json' } });
  const body = await answer.json();
  if (!answer.ok)
    throw new Error(body.detail ?? body.title ?? `HTTP ${answer.status}`);
  return body;
}

export const list = (kind, parameters) => get(`/api/v1/${kind}`, parameters);
export const item = (kind, id, parameters) => get(`/api/v1/${kind}/${encodeURIComponent(id)}`, parameters);
export const status = () => get('/api/v1/status');
export const totals = (by, parameters) => get('/api/v1/totals', { by, ...parameters });
export const due = (parameters) => get('/api/v1/due', parameters);
export const search = (q, parameters) => get('/api/v1/search', { q, ...parameters });
export const record = (index, n) => get(`/r/${index}/${n}`);

// Names of organizations, where a record has only their ids; the ids themselves in a log of more.
let directory;
export function orgNames() {
  directory ??= list('organizations', { limit: 1000 }).then((page) => new Map(page.items.map((one) => [one.id.toLowerCase(), one.name])))
    .catch(() => { directory = undefined; return new Map(); });
  return directory;
}

// Of what kind is it? Ids do not tell, but are found.
export async function kindOf(id) {
  const page = await search(id, { limit: 50 });
  const found = page.items.find((one) => one.id === id);
  return found && `${found.kind}s`;
}

// What somebody wrote by hand may be no encoding: then it is meant as it stands.
function decoded(text) {
  try { return decodeURIComponent(text) } catch { return text }
}

export function address() {
  const path = /^\/r\/(\d+)\/(\d+)$/.exec(location.pathname);
  if (path && !location.hash.startsWith('#/'))
    return { view: 'record', index: path[1], n: path[2], filters: {} };
  const [route, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [view = '', ...rest] = route.split('/');
  return { view, id: rest.length > 0 ? decoded(rest.join('/')) : undefined, filters: Object.fromEntries(new URLSearchParams(query)) };
}

export function addressOf(view, filters) {
  const given = Object.entries(filters).filter(([, value]) => value);
  const query = new URLSearchParams(given).toString();
  return `/#/${view}${query ? `?${query}` : ''}`;
}
