// Holds a process to a part of one processor: it is stopped as soon as it has used more than its part of the time.
import fs from 'node:fs'

const ticks = (pid) => { const f = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' '); return Number(f[11]) + Number(f[12]) }

export function pace(pid, part) {
  let begin = performance.now(), used = 0, last = ticks(pid), halted = false
  const timer = setInterval(() => {
    try {
      const now = ticks(pid), allowed = (performance.now() - begin) / 10 * part
      used += now - last
      last = now
      if (used < allowed - 50) used = allowed - 50 // what was not used for long is lost
      if (halted !== used > allowed) { halted = !halted; process.kill(pid, halted ? 'SIGSTOP' : 'SIGCONT') }
    } catch { clearInterval(timer) }
  }, 10)
  return () => { clearInterval(timer); try { if (halted) process.kill(pid, 'SIGCONT') } catch { /* it has ended */ } }
}
