// docs/formats.md 2: a JSON Schema for each kind (docs/schema/) is normative: it agrees with the program
// about every record of the other checks.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import Ajv2020 from 'ajv/dist/2020.js'
import { root, test } from '../../e2e/lib.mjs'
import { judged } from './world.mjs'

const dir = path.join(root, 'docs', 'schema')
const ajv = new Ajv2020.default({ strict: true, strictTypes: false, strictRequired: false })
const schemas = fs.readdirSync(dir).filter((n) => n.endsWith('.json')).map((n) => JSON.parse(fs.readFileSync(path.join(dir, n), 'utf8')))
for (const s of schemas) ajv.addSchema(s)
const validate = (record) => ajv.getSchema(schemas.find((s) => s.$id.endsWith(`/${record.is}.json`)).$id)(record)

// What a schema can say; the rest is sums, lists of codes, proofs, JSON as text.
const sayable = ['field.unknown', 'field.missing', 'field.type', 'field.value', 'id.form', 'text.length', 'money.form', 'quantity.form', 'evidence.empty', 'url.form', 'pledge.worth', 'json.null', 'json.character']
// Of these rules, what depends on the log or on how many there are.
const beyond = ['organization.registered field.missing', 'network.chartered field.value', 'commitment.progressed quantity.form']

test('docs/formats.md 2: a JSON Schema for each kind is normative: what is accepted validates', () => {
  const accepted = judged.filter((j) => !j.rule)
  assert.ok(accepted.length > 300)
  for (const { record } of accepted) assert.ok(validate(record), `${JSON.stringify(record).slice(0, 300)}: ${ajv.errorsText()}`)
})
test('docs/formats.md 2: a JSON Schema for each kind is normative: what is refused for its form does not validate', () => {
  const refused = judged.filter((j) => sayable.includes(j.rule) && !beyond.includes(`${j.record.is} ${j.rule}`) && schemas.some((s) => s.$id.endsWith(`/${j.record.is}.json`)))
  assert.ok(refused.length > 40)
  const lax = refused.filter(({ record }) => validate(record))
  assert.deepEqual(lax.map((j) => `${j.rule} ${JSON.stringify(j.record).slice(0, 300)}`), [])
})
