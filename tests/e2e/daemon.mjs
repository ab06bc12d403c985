// What an operator does to daemons: SIGHUP, settings with mistakes in them, files that an editor
// of another system wrote, keys that others may read, a FIFO in the place of a key.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { execFileSync } from 'node:child_process'
import { freePort, initBroker, makeLog, mustRun, request, run, runBroker, runTests, start, stop, tempDir, test, until } from './lib.mjs'

const people = await makeLog({ members: ['44000'] })
const dir = await initBroker(people)
const conf = path.join(dir, 'avow-broker.conf'), key = path.join(dir, 'log.key')
const work = tempDir('daemon')
const edited = (text) => '\ufeff' + text.trimEnd().replaceAll('\n', '\r\n')
const brokerEnds = async (...flags) => run('avow-broker', ['run', dir, '--http', '127.0.0.1:0', ...flags])

test('SIGHUP: a broker reads its log level again, says so, and goes on', async () => {
  fs.writeFileSync(conf, 'log_level = unusual\n')
  const broker = await runBroker(dir)
  fs.writeFileSync(conf, edited('# changed\nlog_level = info\nrate = 7\n'))
  broker.child.kill('SIGHUP')
  await until('it read them', () => { broker.child.kill('SIGHUP'); return /SIGHUP: log_level is info; start again for other changed settings/.test(broker.err) })
  fs.writeFileSync(conf, 'log_level = loud\n')
  broker.child.kill('SIGHUP')
  await until('it refused them', () => /unusual: SIGHUP: the settings cannot be read; going on/.test(broker.err))
  assert.equal((await request(`${broker.http}/readyz`)).status, 200)
  assert.deepEqual(await stop(broker), { code: 0, signal: null })
  fs.writeFileSync(conf, '')
})

test('SIGHUP: a node says that nothing is read anew, and goes on', async () => {
  const broker = await runBroker(dir), at = path.join(work, 'node')
  await mustRun('avow', ['init', '--dir', at, '--log', people.log.vkey, '--broker', broker.link])
  fs.writeFileSync(path.join(at, 'node.conf'), edited(fs.readFileSync(path.join(at, 'node.conf'), 'utf8')))
  const node = start('avow', ['run', '--dir', at, '--json'])
  await until('it is ready', () => node.out.includes('\n'))
  node.child.kill('SIGHUP')
  await until('it says so', () => /SIGHUP: nothing is read anew/.test(node.err))
  assert.deepEqual(await stop(node), { code: 0, signal: null })
  await stop(broker)
})

test('a setting that is none ends with exit code 2, at which a unit does not restart', async () => {
  for (const line of ['nonsense', 'no_such_name = 1', 'rate = many', 'log_level = loud', 'http = nowhere', 'link = nowhere', 'hints = http://127.0.0.1:1', 'witness = x']) {
    fs.writeFileSync(conf, line + '\n')
    const { code, err } = await run('avow-broker', ['run', dir, ...(line.startsWith('http') ? [] : ['--http', '127.0.0.1:0'])])
    assert.equal(code, 2, `${line}: ${code} ${err}`)
  }
  fs.writeFileSync(conf, '')
  const at = path.join(work, 'node'), settings = path.join(at, 'node.conf'), good = fs.readFileSync(settings)
  for (const line of ['nonsense', 'broker nowhere', 'peer ftp://x', 'log nonsense']) {
    fs.writeFileSync(settings, line.startsWith('peer') ? good + '\n' + line + '\n' : `log ${people.log.vkey}\n${line}\n`)
    const { code, err } = await run('avow', ['run', '--dir', at])
    assert.equal(code, 2, `${line}: ${code} ${err}`)
  }
  fs.writeFileSync(settings, good)
  assert.match(fs.readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8'), /RestartPreventExitStatus=1 2/)
})

test('a port that is taken is the world\'s: exit code 3', async () => {
  const port = await freePort(), broker = await runBroker(dir)
  const taken = new URL(broker.http).port
  const { code } = await run('avow-broker', ['run', dir, '--http', `127.0.0.1:${taken}`, '--link', `tcp://127.0.0.1:${port}`])
  assert.equal(code, 3)
  await stop(broker)
})

test('a key file in another system\'s line ends is the same key', async () => {
  const good = fs.readFileSync(key, 'utf8')
  fs.writeFileSync(key, edited(good))
  await stop(await runBroker(dir))
  fs.writeFileSync(key, good)
})

test('an unlocked log key that others may write is refused, a FIFO in its place at once', async () => {
  fs.chmodSync(key, 0o666)
  const open = await brokerEnds()
  assert.equal(open.code, 3)
  assert.match(open.err, /log\.key: others may read or write this unlocked secret key \(mode 0666\)/)
  fs.chmodSync(key, 0o600)
  fs.renameSync(key, key + '.kept')
  execFileSync('mkfifo', ['-m', '600', key])
  const fifo = await brokerEnds()
  assert.equal(fifo.code, 3)
  assert.match(fifo.err, /log\.key: a FIFO, not a file/)
  fs.rmSync(key)
  fs.renameSync(key + '.kept', key)
  fs.rmSync(conf)
  execFileSync('mkfifo', ['-m', '600', conf])
  const settings = await brokerEnds()
  assert.equal(settings.code, 3)
  assert.match(settings.err, /avow-broker\.conf: a FIFO, not a file/)
  fs.rmSync(conf)
  await stop(await runBroker(dir))
})

await runTests()
