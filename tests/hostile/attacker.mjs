// One attack, as a program: NAME and the file with what it is given. Says once a second what it has.
import fs from 'node:fs'
import { attacks } from './attacks.mjs'

const [name, n, file] = process.argv.slice(2)
if (name === 'burn') for (;;) Math.sqrt(Math.random())
await attacks[name].run(JSON.parse(fs.readFileSync(file)), Number(n))
