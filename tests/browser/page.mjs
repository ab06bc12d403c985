#!/usr/bin/env node
// The page in a real browser against a real broker: what people see, live, by keyboard, on a
// phone, in the dark; and that nothing a record says becomes markup.
//   SHOTS=DIR keeps pictures
import assert from 'node:assert/strict'
import path from 'node:path'
import { chromium } from 'playwright-core'

import { agent, pledge, runTests, start, stop, test, until } from '../e2e/lib.mjs'
import { tellStory } from './story.mjs'

const story = await tellStory()
const base = story.broker.http
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'] })
const problems = []

async function open(address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`))
  page.on('console', (message) => { if (message.type() === 'error' && !/WebSocket|ERR_CONNECTION/.test(message.text())) problems.push(`${page.url()}: ${message.text()}`) })
  page.on('request', (request) => { if (!request.url().startsWith(base) && !request.url().startsWith('data:')) problems.push(`${page.url()} asks for ${request.url()}`) })
  await page.goto(base + address)
  await page.waitForSelector('main h1')
  return page
}

// Most of it is read by one reader, who goes from place to place.
const reader = await open('/')

// Listeners are called in order: when this one is, the page has set to work already.
async function go(address, page = reader) {
  const hash = address.slice(address.indexOf('#'))
  if (await page.evaluate((to) => location.hash !== to, hash))
    await page.evaluate((to) => new Promise((resolve) => { addEventListener('hashchange', resolve, { once: true }); location.hash = to }), hash)
  await page.waitForFunction(() => !document.querySelector('main[aria-busy]') && document.querySelector('main h1'))
  return text(page)
}

async function shot(page, name) {
  if (process.env.SHOTS)
    await page.screenshot({ path: path.join(process.env.SHOTS, `${name}.png`), fullPage: true })
}

const text = (page, selector = 'main') => page.locator(selector).innerText()

test('the landing page gives totals by who says so, and the log', async () => {
  const page = reader
  const main = await go('/#/')
  assert.match(main, /USD 700,000/)
  assert.match(main, /confirmed by donor and recipient/)
  assert.doesNotMatch(main, /\b(false|true|null|undefined|NaN)\b/)
  assert.match(main, /Committed \(firm agreement\)/)
  assert.match(main, /third parties report/)
  assert.match(main, /State of Palestine/)
  assert.match(await text(page, 'header'), /avow\.example\.org\/e2e/)
  await until('the feed is live', async () => (await text(page, '#live')) === 'live')
  assert.ok(await page.locator('#feed li').count() > 10)
  await shot(page, 'overview')
})

test('the feed brings what is published, and the list shows it', async () => {
  const page = reader
  await go('/#/pledges')
  await until('live', async () => (await text(page, '#live')) === 'live')
  await story.publish(story.kuwait, [pledge(story.kuwait, 77, { title: 'Fresh from the feed' })])
  await until('the event', async () => /pledged USD 1,000/.test(await text(page, '#feed li:first-child')), 5000)
  await until('the list', async () => /Fresh from the feed/.test(await text(page)), 5000)
})

test('a list is filtered by network and country, and the address keeps it', async () => {
  const page = reader
  await go('/#/pledges')
  await page.getByLabel('Country').selectOption('KE')
  await until('filtered', async () => page.url().includes('country=KE') && !/Social protection in Palestine/.test(await text(page)))
  assert.match(await text(page), /Cash for children/)
  const again = await open(page.url().slice(base.length))
  assert.match(await text(again), /Cash for children/)
  assert.doesNotMatch(await text(again), /Social protection in Palestine/)
  await shot(again, 'list')
  await again.context().close()
})

test('a pledge shows money, parties, evidence, history; and markup stays text', async () => {
  const page = reader
  const main = await go('/#/pledges/XM-DAC-41302%3APL-1')
  assert.match(main, /<script>document\.title = "taken"<\/script>/)
  assert.match(main, /Kuwait <b>pledged<\/b> USD 700,000/)
  assert.match(main, /USD 300,000\.50/)
  assert.match(main, /signed 2 of 2/)
  assert.match(main, /in force/)
  assert.notEqual(await page.title(), 'taken')
  assert.equal(await page.locator('main script, main blockquote b').count(), 0)
  assert.ok(await page.locator('.history li').count() >= 5)
  await shot(page, 'pledge')
})

test('what one side says is shown as reported by it', async () => {
  assert.match(await go('/#/pledges/XM-DAC-41122%3APL-2'), /Reported by .*\. Not confirmed by Government of Japan/)
})

test('a commitment shows who signed, and how far each deliverable is', async () => {
  const page = reader
  const main = await go('/#/commitments/XM-DAC-41302%3AC-1')
  assert.match(main, /Joint programming commitment/)
  assert.match(main, /signed 2 of 3/)
  assert.match(main, /cannot sign here/)
  assert.match(main, /Terms: proposed, not agreed yet/)
  assert.match(main, /75 % of the target/)
  assert.match(main, /Nothing was reported yet/)
  await shot(page, 'commitment')
})

test('money: a schedule that is late, less received than sent, a void slip, a dispute', async () => {
  const main = await go('/#/pledges/KW-KFAED%3APL-5')
  assert.match(main, /overdue[\s\S]*Something was due by now/)
  assert.match(main, /2020-01\s+EUR 400\s+EUR 300\s+overdue/)
  assert.match(main, /EUR 40 less than was disbursed/)
  assert.match(main, /and fees of EUR 10/)
  assert.match(main, /disputed by International Labour Organization/i)
  assert.match(main, /Nothing has arrived/)
  assert.match(main, /A slip of the <i>pen<\/i>/)
  assert.match(await text(reader, 'main s >> nth=0'), /received R2/)
  assert.match(main, /Disputed, in no other sum\s+EUR 50/)
  await shot(reader, 'money')
})

test('a budget, what pledges secure of it, and the gap', async () => {
  const main = await go('/#/commitments/XM-DAC-41302%3AC-1')
  assert.match(main, /Secured by pledges\s+USD 1,000,000/)
  assert.match(main, /Funding gap\s+USD 3,000,000/)
  assert.match(main, /25 % of the budget is secured/)
  assert.match(main, /Legal advice\s+USD 1,000,000/)
})

test('an amendment that waits stands beside the terms in force, and earlier terms below', async () => {
  const main = await go('/#/commitments/XM-DAC-41302%3AC-2')
  assert.match(main, /An amendment waits: signed 1 of 2/)
  assert.match(main, /More districts <b>joined<\/b>/)
  assert.deepEqual(await reader.locator('.changes del').allInnerTexts(), ['100'])
  assert.deepEqual((await reader.locator('.changes ins').allInnerTexts()).sort(), ['250', 'USD 90,000'])
  assert.match(main, /Terms: in force/)
  assert.match(main, /target 100 people · due 2020 · step 3, operations/)
  assert.match(main, /overdue/)
  assert.match(main, /Earlier terms\s+As first proposed/)
  await shot(reader, 'amendment')
})

test('a declaration that is signed by enough conveners is the network\'s word', async () => {
  assert.match(await go('/#/declarations'), /A floor for all[\s\S]*the word of SPIAC-B/)
  const main = await go('/#/declarations/XM-DAC-41302%3ADE-1')
  assert.match(main, /We call for\nsocial <em>protection<\/em> floors\./)
  assert.match(main, /to be the word of SPIAC-B/)
  assert.match(main, /signed 1 of 2/)
})

test('countries: three steps of each, and one with deliverables, money and agreements', async () => {
  const main = await go('/#/countries')
  assert.match(main, /1 Strategy\s+2 Design\s+3 Operations/)
  assert.match(main, /Kenya[\s\S]*no report/)
  const kenya = await go('/#/countries/KE')
  assert.match(kenya, /3 Operations\s+operations improved\s+Officials trained\s+overdue/)
  assert.match(kenya, /1 Strategy[\s\S]*Nothing is stated/)
  assert.match(kenya, /Joint programming commitments[\s\S]*Training officials/)
  assert.match(kenya, /USD/)
  await shot(reader, 'country')
})

test('totals are cut as one likes, and lead to what they add up', async () => {
  assert.match(await go('/#/totals'), /By donor[\s\S]*Organization KW-KFAED\s+USD 1,701,000/)
  await reader.locator('select[name=by]').selectOption('for')
  await until('cut', async () => reader.url().includes('by=for') && /A floor for Kenya\s+USD 1,000,000/.test(await text(reader)))
  await reader.getByRole('link', { name: 'A floor for Kenya' }).click()
  await until('the commitment', async () => reader.url().includes('/#/commitments/XM-DAC-41302%3AC-1') && /^Joint programming commitment/.test(await text(reader)))
  const csv = await go('/#/totals?by=currency').then(() => reader.getByText('As CSV').getAttribute('href'))
  assert.match(await (await fetch(base + csv)).text(), /^(\uFEFF)?[a-z_,]*currency[a-z_,]*\r\n/)
})

test('what is due on a day, and overdue', async () => {
  const main = await go('/#/due')
  assert.match(main, /Training officials\s+Officials trained · Kenya\s+2020\s+100 people\s+overdue/)
  assert.match(main, /Registry of beneficiaries\s+a payment · Kenya\s+2020-01\s+EUR 400\s+paid EUR 300\s+overdue/)
  assert.doesNotMatch(main, /2099/)
  await shot(reader, 'due')
  assert.match(await go('/#/due?on=2019-01-01'), /Nothing is due|due/)
})

test('search finds by title, name and id', async () => {
  await reader.getByRole('searchbox').fill('kenya')
  await reader.keyboard.press('Enter')
  await until('found', async () => /Found for .kenya.[\s\S]*A floor for Kenya/.test(await text(reader)))
  assert.match(await text(reader), /Government of Kenya\s+Organization/)
  assert.match(await go('/#/search?q=nowhere'), /Nothing is called so/)
})

test('organizations, networks and partnerships have their pages', async () => {
  for (const [address, words] of [
    ['/#/organizations/KE-NCB-OP.218%2F051%2F95%2F010', /Government of Kenya/],
    ['/#/organizations/KW-KFAED', /revoked: retired/],
    ['/#/networks/spiac-b', /SPIAC-B/],
    ['/#/partnerships', /Working together/],
    ['/#/partnerships/XM-DAC-41302%3AP-1', /not signed/],
  ])
    assert.match(await go(address), words, address)
})

test('a record has a page of its own, with and without scripts', async () => {
  const { items: events } = await (await fetch(`${base}/api/v1/events?is=pledge.made`)).json()
  const address = `/r/${events[0].index}/${events[0].n}`
  for (const javaScriptEnabled of [true, false]) {
    const page = await open(address, { javaScriptEnabled })
    await until('the record', async () => /reported a pledge of USD 700,000/.test(await text(page)))
    assert.match(await text(page), /Kuwait <b>pledged<\/b>/)
    await page.context().close()
  }
})

test('it can be used by keyboard, and says where one is', async () => {
  const page = await open('/')
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main')
  await page.locator('nav a', { hasText: 'Pledges' }).focus()
  await page.keyboard.press('Enter')
  await until('the list', async () => /^Pledges/.test(await text(page)))
  assert.equal(await page.locator('nav a[aria-current=page]').innerText(), 'Pledges')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main')
  assert.equal(await page.locator('#feed').getAttribute('aria-live'), 'polite')
  await page.context().close()
})

test('on a phone and in the dark nothing runs over the edge', async () => {
  const page = await open('/', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' })
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(16, 22, 21)')
  for (const address of ['/#/', '/#/pledges', '/#/pledges/KW-KFAED%3APL-5', '/#/commitments/XM-DAC-41302%3AC-1', '/#/commitments/XM-DAC-41302%3AC-2',
    '/#/declarations', '/#/countries', '/#/countries/KE', '/#/totals?by=for', '/#/due', '/#/search?q=kenya']) {
    await go(address, page)
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    assert.ok(over <= 0, `${address}: ${over} pixels over`)
    await shot(page, `phone${address.replace(/\W+/g, '-')}`)
  }
  await page.context().close()
})

test('what cannot be shown says so', async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${base}/#/pledges/none`)
  await until('the message', async () => /This cannot be shown/.test(await text(page)))
  await context.close()
})

test('the page ran without an error, and asked nobody else for anything', async () => {
  assert.deepEqual(problems, [])
})

test('when the broker goes away and comes back, the feed goes on without gap or repeat', async () => {
  const page = reader
  await until('live', async () => (await text(page, '#live')) === 'live')
  const port = new URL(base).port
  await stop(story.broker)
  agent.destroy() // its connections went with the broker
  await until('it says so', async () => /not connected/.test(await text(page, '#live')))
  const again = start('avow-broker', ['run', story.broker.dir, '--http', `127.0.0.1:${port}`, '--link', 'tcp://127.0.0.1:0', '--hints', 'tcp://127.0.0.1:0', '--json'])
  await Promise.race([until('the broker runs', () => again.out.includes('\n')), again.exited.then(() => { throw new Error(again.err) })])
  await page.evaluate(() => { dispatchEvent(new Event('online')) }) // asks at once
  await until('live again', async () => (await text(page, '#live')) === 'live')
  await story.publish(story.kuwait, [pledge(story.kuwait, 78, { title: 'After the break', money: { amount: '2.00', currency: 'EUR' } })])
  await until('the event', async () => /EUR 2 /.test(await text(page, '#feed li:first-child')), 5000)
  const records = await page.locator('#feed li').evaluateAll((all) => all.map((one) => one.dataset.record))
  assert.equal(new Set(records).size, records.length)
})

await runTests()
await browser.close()
