// Holds docs/schema against the examples that the unit test kind.c holds the code against: what
// is accepted validates; what is refused does not, but where an example says that the reason is
// beyond what a schema can tell.
//
//     node tests/record/schema.mjs

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import Ajv2020 from "ajv/dist/2020.js";

const here = dirname(fileURLToPath(import.meta.url));
const schemas = join(here, "../../docs/schema");
const examples = join(here, "examples");
const read = (path) => JSON.parse(readFileSync(path, "utf8"));

const ajv = new Ajv2020.default({ strict: true, strictTypes: false, strictRequired: false });
const names = readdirSync(schemas).filter((name) => name.endsWith(".json"));
const ids = {};
for (const name of names) {
  const schema = read(join(schemas, name));
  ids[name] = schema.$id;
  ajv.addSchema(schema);
}

let passed = 0;
let failed = 0;
function check(what, good, found) {
  if (good) {
    passed++;
    return;
  }
  failed++;
  console.log(`not ok ${what}: ${found}`);
}

function checkExample(validate, file, example, expected) {
  const valid = validate(example.record);
  const found = valid ? "validates" : ajv.errorsText(validate.errors);
  check(`${file}, ${example.name}`, valid === expected, found);
}

for (const name of names)
  check(name, typeof ids[name] === "string" && ids[name].endsWith(`/${name}`), "has another $id");

const files = readdirSync(examples).filter((name) => name.endsWith(".json"));
for (const file of files) {
  const { kind, accepted, refused } = read(join(examples, file));
  check(file, file === `${kind}.json` && file in ids, "has no schema of its name");
  const validate = ajv.getSchema(ids[file]);
  for (const example of accepted) checkExample(validate, file, example, true);
  for (const example of refused)
    checkExample(validate, file, example, example.beyond_schema === true);
}
for (const name of names)
  if (name !== "common.json" && name !== "header.json")
    check(name, files.includes(name), "has no examples");

const header = {
  log: "avow.example.org/test",
  org: "XM-DAC-41302",
  key: "a1b2c3d4",
  seq: 17,
  at: "2026-11-23T10:00:00Z",
  lang: "en",
};
const validHeader = ajv.getSchema(ids["header.json"]);
const changes = [
  [{}, true],
  [{ with: ["44000"], before: 0 }, true],
  [{ with: ["44000", "44000"] }, false],
  [{ seq: 0 }, false],
  [{ at: "2026-11-23T10:00:00+01:00" }, false],
  [{ log: "avow/statement" }, false],
  [{ lang: "english language" }, false],
  [{ key: "A1B2C3D4" }, false],
  [{ extra: 1 }, false],
];
for (const [change, expected] of changes)
  check(
    `header with ${JSON.stringify(change)}`,
    validHeader({ ...header, ...change }) === expected,
    ajv.errorsText(validHeader.errors),
  );

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
