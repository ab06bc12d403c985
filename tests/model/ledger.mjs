// The ledger as a process (judge.c): frames go in, one answer comes back for each.
import { spawn } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { bin } from '../e2e/lib.mjs'

export const frame = (type, text = '') => {
  const body = Buffer.concat([Buffer.from(type), Buffer.from(text)])
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}

// Given verdicts (judge -g): signatures that are taken for good, or for bad.
export const GOOD = Buffer.alloc(64, 'G'), BAD = Buffer.alloc(64, 'B')

export class Ledger {
  constructor(...flags) {
    this.child = spawn(path.join(bin, '..', 'model', 'judge'), ['-g', ...flags, os.tmpdir()], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.waiting = []
    this.rows = []
    readline.createInterface({ input: this.child.stdout }).on('line', (line) => this.hear(line))
    this.ended = new Promise((resolve) => this.child.on('close', (code, signal) => {
      for (const w of this.waiting) w.reject(new Error(`the ledger ended: ${code ?? signal}`))
      resolve(code)
    }))
    this.child.stdin.on('error', () => {})
  }

  hear(line) {
    if (this.waiting.length === 0) return // what follows the end of input
    if (line.startsWith('{"table"')) { this.rows.push(line); return }
    const { list, left, resolve } = this.waiting[0]
    list.push(line.startsWith('{"rows"') ? this.rows.splice(0).map((l) => JSON.parse(l)) : JSON.parse(line))
    if (list.length === left) { this.waiting.shift(); resolve(list) }
  }

  // Answers to frames, in order; a dump's is an array of {table, key, row}.
  ask(frames) {
    return new Promise((resolve, reject) => {
      this.waiting.push({ list: [], left: frames.length, resolve, reject })
      this.child.stdin.write(Buffer.concat(frames))
    })
  }

  close() { this.child.stdin.end(); return this.ended }
}
