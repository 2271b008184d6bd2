/**
 * A process of the bare engine, which computes without anything of this project: the ceiling for tasks that run at the same
 * time on this machine. It is started as `node bare-process.mjs MODULE FUNCTION`. For each line `FIRST COUNT` on standard
 * input it calls the function with FIRST, FIRST + 1, …, each time in a new instance. Then it writes a line with the
 * processor time in milliseconds.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [path, fun] = process.argv.slice(2)
const module = await WebAssembly.compile(readFileSync(path))
for await (const line of createInterface({ input: process.stdin })) {
  const [first, count] = line.split(' ').map(Number)
  const before = process.cpuUsage()
  for (let i = 0; i < count; i++) {
    const { exports } = await WebAssembly.instantiate(module)
    exports[fun](BigInt(first + i))
  }
  const { user, system } = process.cpuUsage(before)
  process.stdout.write(`${(user + system) / 1000}\n`)
}
