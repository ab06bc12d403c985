// One attack, as a program: NAME and the file with what it is given. Says when it begins.
import fs from 'node:fs'
import { attacks } from './attacks.mjs'

const [name, n, file] = process.argv.slice(2)
const given = JSON.parse(fs.readFileSync(file))
console.log('begins')
if (name === 'burn') for (;;) Math.sqrt(Math.random())
await attacks[name].run(given, Number(n))
