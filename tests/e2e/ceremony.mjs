// What several say together, through the command line: a joint ceremony of five organizations on
// five machines, four eyes, delegates, years of conveners and members, keys lost and recovered,
// parties that join late. Each "machine" is a folder of its own; only files travel.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import {
  COSIGN_KEY, initBroker, keyFile, makeKey, makeLog, mustRun, network, origin, pledge, post, request, run, runBroker, runTests, start, statement, stop,
  tempDir, test, until,
} from './lib.mjs'

const people = await makeLog({ members: ['44000', 'XM-DAC-41121', 'KE-GOV'], second: 'XM-DAC-41122' })
const { log, steward, co: unicef, others } = people
const [bank, unhcr, kenya] = others
const dir = await initBroker(people)
const broker = await runBroker(dir)
const noTty = { ...process.env, AVOW_PASSPHRASE: '' }
const hex = (k) => k.id.toString('hex')

// A machine of an organization: its key and its node, nothing else.
const machines = new Map()
async function machine(key, name = key.org) {
  const at = tempDir('machine')
  keyFile(path.join(at, 'office.key'), key)
  await mustRun('avow', ['init', '--dir', path.join(at, 'node'), '--log', log.vkey, '--broker', broker.link, '--key', path.join(at, 'office.key')])
  machines.set(name, at)
  return at
}
const at = (who, ...names) => path.join(machines.get(who.org ?? who), ...names)

// A command on a machine, in its folder.
const on = (who, words, ...args) => run('avow', [...words.split(' '), ...args], { cwd: at(who), env: { ...noTty, AVOW_DIR: at(who, 'node') } })
async function must(who, words, ...args) {
  const r = await on(who, words, ...args)
  assert.equal(r.code, 0, `${words} ${args.join(' ')}\n${r.err}`)
  return r
}
async function refused(who, rule, words, ...args) {
  const r = await on(who, words, ...args)
  assert.equal(r.code, 1, r.err + r.out)
  assert.ok(r.err.includes(rule), `${rule} is not in: ${r.err}`)
  return r
}
const sync = (who) => must(who, 'sync')
// Who has heard nothing of the others since it spoke last brings its replica up first.
let last
async function say(who, words, ...args) {
  if (last !== who) await sync(who)
  last = who
  return must(who, words, ...args, '--yes', '--wait', '0')
}
const carry = (from, to, name) => fs.copyFileSync(at(from, name), at(to, name))
async function shown(who, id) {
  await sync(who)
  return JSON.parse((await must(who, 'show', id, '--json')).out)
}
const api = async (where) => (await request(`${broker.http}/api/v1/${where}`)).json
const proofOf = async (who, key, name) => {
  keyFile(at(who, `${name}.key`), key)
  const flags = key.name === origin ? ['--org', origin] : []
  fs.writeFileSync(at(who, `${name}.proof`), await mustRun('avow-keys', ['prove', '--json', '--origin', origin, ...flags, at(who, `${name}.key`)]))
  return `${name}.proof`
}

// --- who there is -----------------------------------------------------------------------------

test('a convener registers organizations with what they proved', async () => {
  await machine(steward)
  await machine(unicef)
  for (const [i, key] of others.entries()) {
    await proofOf(steward, key, `theirs-${i}`)
    await say(steward, 'org register', key.org, '--name', `Organization ${key.org}`, '--org-type', '40', '--org-key', `theirs-${i}.proof`)
    await machine(key)
  }
  const directory = await api('organizations')
  assert.deepEqual(directory.items.filter((o) => o.status === 'registered').map((o) => o.id).sort(), [steward, unicef, ...others].map((k) => k.org).sort())
  for (const who of [bank, unhcr]) await say(steward, 'member grant', who.org)
  await say(bank, 'member accept', network)
  const net = await api(`networks/${network}`)
  assert.match(JSON.stringify(net), /44000/)
})

// --- the joint ceremony -------------------------------------------------------------------------

test('five organizations on five machines sign one statement, published once, agreed at once', async () => {
  const parties = [bank, unhcr, unicef, kenya]
  const draft = await must(steward, 'commitment propose', '--title', 'Social registry for all', '--id', 'JP-1',
    ...parties.flatMap((k) => ['--party', `${k.org}:participating`, '--with', k.org]),
    '--deliverable', 'id=d1,title=Households registered,measure=unit,unit=households,target=2000,due=2027-12',
    '--country', 'KE', '--draft', 'joint.statement', '--yes')
  for (const k of parties) assert.ok(draft.err.includes(k.org), draft.err)
  // The key is held meanwhile.
  const held = await on(steward, 'org list', 'KE-NGO-1', '--name', 'An NGO', '--org-type', '22', '--yes')
  assert.equal(held.code, 1)
  assert.match(held.err, /draft/)

  const early = await on(steward, 'publish', 'joint.statement', '--yes')
  assert.notEqual(early.code, 0) // four signatures are lacking
  let from = steward
  for (const [i, k] of parties.entries()) {
    await sync(k)
    carry(from, k, 'joint.statement')
    const r = await must(k, 'cosign', 'joint.statement', '--yes')
    assert.match(r.err, /Social registry for all/) // it shows what is signed
    const left = parties.slice(i + 1)
    for (const other of left) assert.ok(r.err.includes(other.org))
    if (left.length === 0) assert.match(r.err, /all have signed/)
    const again = await on(k, 'cosign', 'joint.statement', '--yes')
    assert.equal(again.code, 1) // nobody signs twice
    from = k
  }
  const stranger = await machine(makeKey('US-1'), 'stranger')
  fs.copyFileSync(at(from, 'joint.statement'), path.join(stranger, 'joint.statement'))
  assert.notEqual((await on('stranger', 'cosign', 'joint.statement', '--yes')).code, 0)

  const before = (await api('status')).size
  carry(from, steward, 'joint.statement')
  await must(steward, 'publish', 'joint.statement', '--yes', '--wait', '0')
  assert.equal((await api('status')).size, before + 1)
  await must(steward, 'publish', 'joint.statement', '--yes', '--wait', '0') // again: known, nothing added
  assert.equal((await api('status')).size, before + 1)
  const item = await api(`commitments/${encodeURIComponent(`${steward.org}:JP-1`)}`)
  assert.equal(item.status, 'agreed', JSON.stringify(item.signed))
  // The key is free again.
  await say(steward, 'org list', 'KE-NGO-1', '--name', 'An NGO', '--org-type', '22', '--country', 'KE')
})

// --- four eyes, delegates -----------------------------------------------------------------------

const deputy = makeKey(bank.org), clerk = makeKey(bank.org)

test('four eyes: two keys of one organization', async () => {
  // Who has one key is warned before it locks itself out.
  await sync(bank)
  const lone = await must(bank, 'org signing', '--rule', 'pledge,key=2', '--dry-run')
  assert.match(lone.err, /WARNING: you would lock yourself out of pledge: it needs 2 of your keys, and only 1 may sign it/)
  assert.match(lone.err, /Add the keys first: `avow key add/)
  assert.doesNotMatch(lone.err, /only conveners could help/)
  const forever = await must(bank, 'org signing', '--rule', 'key,organization.signing=2', '--dry-run')
  assert.match(forever.err, /only conveners could help/)
  assert.doesNotMatch((await must(bank, 'org signing', '--rule', 'pledge=1', '--dry-run')).err, /WARNING/)
  await proofOf(bank, deputy, 'deputy')
  await say(bank, 'key add', 'deputy.proof', '--label', 'deputy')
  const two = await must(bank, 'org signing', '--rule', 'pledge.made=2', '--rule', 'pledge.committed=3', '--dry-run')
  assert.match(two.err, /lock yourself out of pledge\.committed: it needs 3 of your keys, and only 2 may/)
  assert.doesNotMatch(two.err, /out of pledge\.made/)
  await say(bank, 'org signing', '--rule', 'pledge.made,pledge.committed=2')
  const alone = ['--title', 'Cash transfers', '--to', kenya.org, '--amount', '700000', '--currency', 'USD', '--yes', '--wait', '0']
  const r = await refused(bank, 'author.signatures', 'pledge make', ...alone)
  assert.ok(r.err.includes(hex(deputy)) && r.err.includes('deputy'), r.err)
  // Both keys at hand: one command.
  await must(bank, 'pledge make', ...alone, '--with-key', 'deputy.key')
  // The other key elsewhere: a draft, whose file travels.
  const draft = await must(bank, 'pledge make', ...alone, '--id', 'PL-2E', '--draft', 'two.statement')
  assert.match(draft.err, /1 more key of 44000/)
  const premature = await on(bank, 'publish', 'two.statement', '--yes', '--wait', '0')
  assert.equal(premature.code, 1)
  assert.match(premature.err, /author\.signatures/)
  await machine(deputy, 'deputy')
  fs.copyFileSync(at(bank, 'two.statement'), at('deputy', 'two.statement'))
  const signed = await must('deputy', 'cosign', 'two.statement', '--yes')
  assert.match(signed.err, /all have signed/)
  fs.copyFileSync(at('deputy', 'two.statement'), at(bank, 'two.statement'))
  await must(bank, 'publish', 'two.statement', '--yes', '--wait', '0')
  assert.equal((await shown(bank, '44000:PL-2E')).status, 'announced')
  // `avow statement` of records holds its key, too, until the second has signed.
  fs.writeFileSync(at(bank, 'three.json'), JSON.stringify(pledge(bank, '3E')))
  const held = await must(bank, 'statement', 'three.json', '--out', 'three.statement')
  assert.match(held.err, /1 more key of 44000/)
  await must(bank, 'cosign', 'three.statement', '--key', 'deputy.key', '--yes')
  await must(bank, 'publish', 'three.statement', '--yes', '--wait', '0')
  await must(bank, 'org signing', '--none', '--yes', '--wait', '0')
})

test('a delegate signs its kinds, and only until its entry', async () => {
  const { size } = await api('status')
  await proofOf(bank, clerk, 'clerk')
  await say(bank, 'key add', 'clerk.proof', '--label', 'nairobi', '--kind', 'pledge.disbursed', '--until', String(size + 3))
  await machine(clerk, 'clerk')
  await refused('clerk', 'key.kinds', 'pledge make', '--title', 'More', '--to', kenya.org, '--amount', '1 USD', '--yes')
  await say('clerk', 'pledge disburse', '44000:PL-2E', '--amount', '1000')
  await say(steward, 'org list', 'KE-NGO-2', '--name', 'Another NGO', '--org-type', '22')
  const late = await refused('clerk', 'key.inactive', 'pledge disburse', '44000:PL-2E', '--amount', '1000', '--yes')
  assert.match(late.err, /signed up to entry/)
  await sync('clerk')
  const status = await must('clerk', 'status')
  assert.match(status.out, /ended at entry/)
})

// --- conveners, members ---------------------------------------------------------------------------

// Drawn up by one, signed by another on its own machine, published by the first.
async function together(author, other, words, ...args) {
  await sync(author)
  const draft = await must(author, words, ...args, '--with', other.org, '--draft', 'act.statement', '--yes')
  assert.ok(draft.err.includes(other.org))
  await sync(other)
  carry(author, other, 'act.statement')
  await must(other, 'cosign', 'act.statement', '--yes')
  carry(other, author, 'act.statement')
  await must(author, 'publish', 'act.statement', '--yes', '--wait', '0')
  for (const who of [author, other]) fs.rmSync(at(who, 'act.statement'))
}

test('conveners come, decide together, and go', async () => {
  await sync(bank)
  await refused(bank, 'author.not-allowed', 'convener add', bank.org, '--network', network, '--yes')
  const one = await refused(steward, 'quorum.missing', 'convener add', bank.org, '--yes')
  assert.ok(one.err.includes(unicef.org), one.err) // who could sign, too
  await together(steward, unicef, 'convener add', bank.org, '--role', 'secretariat')
  await say(steward, 'network update', network, '--admit', '2')
  const alone = await refused(steward, 'quorum.missing', 'member grant', kenya.org, '--yes', '--wait', '0')
  assert.ok(alone.err.includes(bank.org) && alone.err.includes(unicef.org), alone.err)
  // Who signs is bound by the draft: one that lacks the quorum is not made.
  await refused(steward, 'quorum.missing', 'member grant', kenya.org, '--draft', 'x.statement', '--yes')
  await together(steward, bank, 'member grant', kenya.org)
  await sync(kenya)
  await say(kenya, 'member accept', network)
  await together(unicef, bank, 'convener remove', steward.org)
  await sync(steward)
  await refused(steward, 'author.not-allowed', 'member end', bank.org, '--network', network, '--reason', 'none', '--yes')
  await together(unicef, bank, 'convener add', steward.org)
  await together(steward, unicef, 'network update', network, '--admit', '1')
  await together(steward, unicef, 'convener remove', bank.org)
  await sync(kenya)
  await say(kenya, 'member end', kenya.org, '--reason', 'another round table')
  const item = await api(`networks/${network}`)
  assert.deepEqual(item.conveners.filter((c) => c.active !== false).map((c) => c.org).sort(), [steward.org, unicef.org].sort())
})

// --- keys lost, stolen, recovered -------------------------------------------------------------------

test('a lost key is recovered by conveners, and the old one signs nothing', async () => {
  const fresh = makeKey(unhcr.org)
  fs.rmSync(at(unhcr, 'node', `seq-${hex(unhcr)}`), { force: true })
  await machine(fresh, 'unhcr-again')
  await proofOf('unhcr-again', fresh, 'again')
  fs.copyFileSync(at('unhcr-again', 'again.proof'), at(steward, 'again.proof'))
  const alone = await refused(steward, 'quorum.missing', 'key recover', unhcr.org, '--new-key', 'again.proof', '--yes')
  assert.ok(alone.err.includes(unicef.org), alone.err)
  await together(steward, unicef, 'key recover', unhcr.org, '--new-key', 'again.proof', '--label', 'recovered')
  await sync(unhcr)
  const old = await refused(unhcr, 'key.inactive', 'org update', '--name', 'Not any more', '--yes')
  assert.match(old.err, /revoked in entry \d+ \(recovered\)/)
  assert.match((await must(unhcr, 'status')).out, /revoked in entry \d+: recovered/)
  await say('unhcr-again', 'org update', '--website', 'https://www.unhcr.org')
})

test('a stolen key is repudiated from an entry on', async () => {
  const thief = await post(broker, statement(deputy, [pledge(bank, 'stolen')]))
  assert.equal(thief.status, 201, thief.text)
  const since = Number(/\/(\d+)/.exec(thief.headers.location)[1])
  await sync(bank)
  await refused(bank, 'key_id', 'key revoke', '00000000', '--reason', 'lost', '--yes')
  await say(bank, 'key revoke', hex(deputy), '--reason', 'compromised', '--since', String(since))
  const stolen = await api(`pledges/${encodeURIComponent('44000:PL-stolen')}`)
  assert.match(JSON.stringify(stolen), /repudiated/)
  const before = await api(`pledges/${encodeURIComponent('44000:PL-3E')}`)
  assert.doesNotMatch(JSON.stringify(before), /repudiated/)
  const again = await post(broker, statement(deputy, [pledge(bank, 'stolen-2')]))
  assert.equal(again.status, 403)
  assert.match(again.json.detail, /compromised/)
})

test('a node whose cosigner key was retired says so, and cosigns no more', async () => {
  const cosigner = makeKey(`${kenya.org}/node`, COSIGN_KEY)
  keyFile(at(kenya, 'cosigner.key'), cosigner)
  await proofOf(kenya, cosigner, 'cosigner')
  await say(kenya, 'cosigner add', 'cosigner.proof')
  fs.appendFileSync(at(kenya, 'node', 'node.conf'), `cosigner ${at(kenya, 'cosigner.key')}\n`)
  const daemon = start('avow', ['run', '--dir', at(kenya, 'node')])
  await until('it cosigns', async () => (await request(`${broker.http}/log/checkpoint`)).text.includes(cosigner.name))
  await say(kenya, 'cosigner retire', hex(cosigner))
  await until('it says so', () => /cosigns no more/.test(daemon.err))
  assert.ok(daemon.err.includes(hex(cosigner)))
  assert.equal((await stop(daemon)).code, 0)
  assert.match((await must(kenya, 'status')).out, /cosigns by .*\n.*revoked in entry \d+: retired/)
  assert.ok(!(await request(`${broker.http}/log/policy`)).text.includes(cosigner.name))
})

// --- those who join late ----------------------------------------------------------------------------

test('a party without a key is listed and shown as not signed; registered later, it speaks for itself', async () => {
  const late = makeKey('ZM-MOF')
  await say(steward, 'org list', late.org, '--name', 'Ministry of Finance', '--org-type', '10', '--country', 'ZM')
  await say(bank, 'pledge make', '--title', 'Budget support', '--id', 'PL-LATE', '--to', late.org, '--amount', '50000', '--currency', 'USD')
  await say(bank, 'pledge disburse', 'PL-LATE', '--amount', '20000')
  await say(steward, 'partnership propose', '--title', 'Round table', '--id', 'PA-1', '--kind', 'mou', '--party', late.org, '--party', bank.org)
  await say(bank, 'partnership accept', `${steward.org}:PA-1`)
  const state = (item, org) => item.parties.find((p) => p.org === org)?.state
  const open = await api(`partnerships/${encodeURIComponent(`${steward.org}:PA-1`)}`)
  assert.equal(open.status, 'proposed', JSON.stringify(open.signed))
  assert.equal(state(open, late.org), 'keyless', JSON.stringify(open))
  const pledged = await shown(bank, '44000:PL-LATE')
  assert.ok(JSON.stringify(pledged).includes('one-sided') || pledged.attested === 'donor', JSON.stringify(pledged))

  // It makes a key, and a convener registers it: what was said of its name stays.
  await machine(late)
  await proofOf(late, late, 'first')
  fs.copyFileSync(at(late, 'first.proof'), at(steward, 'first.proof'))
  await say(steward, 'org register', late.org, '--org-key', 'first.proof')
  const row = await api(`organizations/${late.org}`)
  assert.deepEqual([row.status, row.org_type, row.country], ['registered', '10', 'ZM'])
  await sync(late)
  await say(late, 'partnership accept', `${steward.org}:PA-1`)
  assert.equal((await api(`partnerships/${encodeURIComponent(`${steward.org}:PA-1`)}`)).status, 'agreed')
  await say(late, 'pledge accept', '44000:PL-LATE')
  assert.equal((await shown(late, '44000:PL-LATE')).attested, 'both')
  const history = await api(`pledges/${encodeURIComponent('44000:PL-LATE')}`)
  const paid = history.history.items.find((r) => r.is === 'pledge.disbursed')
  const reference = paid.reference ?? `${paid.index}/${paid.n}`
  await say(late, 'record dispute', reference, '--reason', 'no such payment reached us')
  const flags = (await api(`pledges/${encodeURIComponent('44000:PL-LATE')}`)).flags
  assert.ok(flags.includes('disputed'), JSON.stringify(flags))
  await say(late, 'record settle', reference, '--reason', 'it came by way of the central bank')
  await say(late, 'record confirm', reference)
  assert.ok(!(await api(`pledges/${encodeURIComponent('44000:PL-LATE')}`)).flags.includes('disputed'))
})

// --- stocktaking --------------------------------------------------------------------------------------

test('a stocktake tells who reported, who is silent, what is stale, late, not received, and who is waited for', async () => {
  const year = new Date().getUTCFullYear()
  await say(steward, 'commitment progress', `${steward.org}:JP-1`, '--deliverable', 'd1', '--value', '400', '--period', String(year))
  await say(steward, 'commitment propose', '--title', 'Old age pensions', '--id', 'JP-2', '--party', `${bank.org}:funding`, '--network', network,
    '--deliverable', `id=p1,title=Pensions paid,measure=unit,unit=persons,target=100,due=${year}-12,responsible=${bank.org}`, '--country', 'KE')
  await say(bank, 'pledge make', '--title', 'For pensions', '--id', 'PL-NET', '--to', steward.org, '--amount', '9000', '--currency', 'EUR', '--network', network,
    '--schedule', `${year}-01=4000`)
  // Who only pledged is not silent.
  await sync(steward)
  const before = JSON.parse((await must(steward, 'stocktake', network, '--year', String(year), '--json')).out).members
  assert.deepEqual(before.filter((m) => m.org === bank.org).map((m) => [m.progress, m.money, m.silent]), [[0, 0, false]])
  await say(bank, 'pledge disburse', 'PL-NET', '--amount', '1000')
  await sync(steward)
  const day = `${year + 2}-06-01`
  const take = JSON.parse((await must(steward, 'stocktake', network, '--year', String(year), '--on', day, '--json')).out)
  const member = (k) => take.members.find((m) => m.org === k.org)
  assert.deepEqual(take.members.map((m) => m.org).sort(), [steward, unicef, bank, unhcr].map((k) => k.org).sort())
  assert.deepEqual([member(bank).money, member(bank).silent], [1, false])
  assert.deepEqual([member(unicef).silent, member(unhcr).silent], [true, true])
  assert.equal(member(unhcr).status, 'granted') // and has not accepted
  assert.deepEqual(take.stale.map((s) => [s.id, s.item, s.orgs]), [[`${steward.org}:JP-2`, 'p1', [bank.org]]])
  assert.ok(['amber', 'red'].includes(take.stale[0].stale))
  assert.deepEqual(take.due.map((d) => [d.id, d.state]).sort(), [['44000:PL-NET', 'overdue'], [`${steward.org}:JP-2`, 'overdue']])
  assert.deepEqual(take.unreceived.map((p) => [p.id, p.currency, p.pledged]), [['44000:PL-NET', 'EUR', '9000.00']])
  assert.deepEqual(take.waiting.map((w) => [w.id, w.for, w.orgs]).sort(), [['44000:PL-NET', 'terms', [steward.org]], [`${steward.org}:JP-2`, 'terms', [bank.org]]])
  // An amendment waits for the other side, too.
  await say(bank, 'commitment accept', `${steward.org}:JP-2`)
  await say(steward, 'commitment amend', 'JP-2', '--deliverable', 'id=p1,target=200', '--reason', 'more funds')
  const after = JSON.parse((await must(steward, 'stocktake', network, '--json')).out)
  assert.deepEqual(after.waiting.filter((w) => w.id.endsWith('JP-2')).map((w) => [w.for, w.orgs]), [['amendment', [bank.org]]])
  assert.deepEqual([after.year, after.stale], [year, []])

  const table = (await must(steward, 'stocktake', network, '--on', day)).out
  for (const word of ['MEMBERS', 'STALE', 'OVERDUE', 'WAITING', 'silent', 'Pensions paid']) assert.ok(table.includes(word), `${word}\n${table}`)
  const csv = (await must(steward, 'stocktake', network, '--on', day, '--csv')).out.trimEnd().split('\r\n')
  assert.ok(csv[0].startsWith('section,org,name,role,status'))
  // A count and a day are not one column.
  const column = (name) => csv.slice(1).map((line) => [line.split(',')[0], line.split(',')[csv[0].split(',').indexOf(name)]])
  for (const [section, count] of column('due_count')) assert.equal(/^\d+$/.test(count), section === 'members', `${section}: ${count}`)
  for (const [section, due] of column('due')) assert.equal(/^\d{4}-\d{2}/.test(due), section === 'due', `${section}: ${due}`)
  for (const [section, stale] of column('stale')) assert.match(stale, section === 'stale' ? /^(amber|red)$/ : section === 'due' ? /^(amber|red)?$/ : /^$/, `${section}: ${stale}`)
  assert.equal(csv.length, 1 + take.members.length + 1 + 2 + 1 + 2)
  const none = await on(steward, 'stocktake', 'nowhere')
  assert.equal(none.code, 1)
})

// --- the log ----------------------------------------------------------------------------------------

test('stewards change the log itself by words', async () => {
  const second = makeKey(origin)
  await proofOf(steward, second, 'log-2')
  await sync(steward)
  await refused(steward, 'admission.log-key', 'log key-add', 'log-2.proof', '--yes', '--wait', '0')
  await mustRun('avow-broker', ['keys', dir, '--add', at(steward, 'log-2.key')])
  await say(steward, 'log key-add', 'log-2.proof')
  await say(steward, 'log key-retire', hex(log))
  const unknown = await on(steward, 'log rules', '--title', 'Of the year 3000', '--rules', '7', '--yes')
  assert.equal(unknown.code, 1)
  assert.match(unknown.err, /does not know/)
  await say(steward, 'log rules', '--title', 'The same rules, stated again')
  await refused(bank, 'author.not-allowed', 'log succeed', 'avow.example.org/next', '--url', 'https://avow.example.org/next', '--yes')
  await say(steward, 'log succeed', 'avow.example.org/next', '--url', 'https://avow.example.org/next')
  const over = await refused(bank, 'log.succeeded', 'pledge make', '--title', 'Too late', '--to', kenya.org, '--amount', '1 USD', '--yes')
  assert.match(over.err, /avow\.example\.org\/next/)
  assert.equal(JSON.parse((await must(steward, 'audit', '--json')).out).good, true)
})

await runTests()
