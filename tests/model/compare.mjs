// Plays stories to the ledger and to the model, and holds the one against the other: each verdict, and now
// and then the whole state.
import { sha256 } from '../e2e/lib.mjs'
import { frame } from './ledger.mjs'
import { Model } from './model.mjs'
import { differences, rows } from './rows.mjs'
import { Story, noteOf, proves } from './story.mjs'

// A history as it is put to both: what goes to the ledger, and what the model says to it.
class History {
  constructor(version) {
    this.model = new Model(version, proves)
    this.frames = [frame('N')]
    this.expected = [{ new: true }]
    this.told = [undefined]
    this.records = 0
  }
  say(st) {
    this.frames.push(frame('S', st.note))
    this.expected.push(st.garbled ? { refused: st.garbled } : this.model.take(st))
    this.told.push(st)
    this.records += st.records.length
    return this.expected.at(-1)
  }
  look() {
    this.frames.push(frame('D'))
    this.expected.push(new Map([...rows(this.model)].map(([table, key, row]) => [`${table} ${key}`, row])))
    this.told.push(undefined)
  }
}

// A story of about `size` records.
export function tell(seed, version, size) {
  const history = new History(version), story = new Story(seed, history.model)
  const every = Math.max(60, Math.ceil(size / 6))
  for (const st of story.beginning()) history.say(st)
  for (let looked = 0, quiet = 0; history.records < size && quiet < 1000;) {
    const st = story.next()
    if (st) history.say(st)
    quiet = st ? 0 : quiet + 1
    if (history.records - looked >= every) { history.look(); looked = history.records }
  }
  if (story.chance(0.3)) {
    for (const st of story.ending()) history.say(st)
    for (let i = 0; i < 4; i++) { const st = story.next(); if (st) history.say(st) }
  }
  history.look()
  return Object.assign(history, { seed, size })
}

// The first thing in which the two differ: {at, what, st?, ours, theirs}.
export function compare(history, answers) {
  for (const [at, theirs] of answers.entries()) {
    const ours = history.expected[at], st = history.told[at]
    if (ours instanceof Map) {
      // a total that nothing is left of stays, and says nothing
      const all = new Map(theirs.filter(({ table, row }) => table !== 'total' || Object.keys(row).length > 3).map(({ table, key, row }) => [`${table} ${key}`, row]))
      for (const key of new Set([...ours.keys(), ...all.keys()])) {
        const [found] = differences(ours.get(key), all.get(key))
        if (found) return { at, kind: `${key.split(' ')[0]} ${found[0]}`, what: `${key}: ${found[0]}`, ours: found[1], theirs: found[2] }
      }
    } else {
      const verdict = ours.line === undefined ? { ...ours } : { ...ours, line: ours.line }
      const same = Object.entries(verdict).every(([name, value]) => theirs[name] === value)
      if (!same) return { at, kind: `${ours.refused ?? ''} ${theirs.refused ?? ''}`, what: `statement ${at}`, st, ours, theirs }
    }
  }
  return undefined
}

// The same history with as few of its statements as still show the difference. References are put right.
export async function shrink(history, version, ledger, found) {
  const play = (list) => {
    const h = new History(version), ids = new Map()
    for (const old of list) {
      if (old.garbled) { h.say(old); continue }
      const records = JSON.parse(JSON.stringify(old.records).replace(/(\d+)\/(\d+)\/([0-9a-f]{64})/g, (ref, index, n, id) => ids.has(id) ? `${ids.get(id).index}/${n}/${ids.get(id).id}` : ref))
      const st = { ...old, records }
      Object.assign(st, noteOf(st))
      st.id = sha256(st.text).toString('hex')
      const { accepted } = h.say(st)
      if (accepted !== undefined) ids.set(old.id, { index: accepted, id: st.id })
    }
    h.look()
    return h
  }
  const shows = async (list) => {
    const h = play(list), difference = compare(h, await ledger.ask(h.frames))
    return difference?.kind === found.kind ? { h, difference } : undefined
  }
  const until = Date.now() + 30000
  let list = history.told.slice(0, found.at + 1).filter((st) => st), best = await shows(list)
  if (!best) return undefined
  for (let step = Math.ceil(list.length / 2); step >= 1; step = step === 1 ? 0 : Math.ceil(step / 2)) {
    for (let i = list.length - step; i >= 0 && Date.now() < until; i -= step) {
      const less = [...list.slice(0, i), ...list.slice(i + step)], shown = await shows(less)
      if (shown) { list = less; best = shown }
    }
  }
  return best
}
