import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const FARM = new URL('../../dist/farm.js', import.meta.url).href

/** Runs code in which the package `bullmq` is not installed. */
function without(code: string): string {
  const hooks = `export function resolve(name, context, next) {
    if (name !== 'bullmq') return next(name, context)
    throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  }`
  const url = `data:text/javascript,${encodeURIComponent(hooks)}`
  const whole = `import { register } from 'node:module'
    register(${JSON.stringify(url)})
    const farm = await import(${JSON.stringify(FARM)})
    ${code}`
  return execFileSync(process.execPath, ['--input-type=module', '-e', whole], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  })
}

test('without the packages of the queue, a fault says what to install, and all else works', () => {
  const told = without(`
    const transport = farm.createBullTransport({ connection: 'redis://127.0.0.1:1' })
    await transport.lanes().catch(({ code, message }) => console.log(code, message))
    console.log((await farm.createMemoryTransport().lanes()).length)`)
  expect(told).toBe(
    'bad-usage a queue on Redis needs two packages that are not installed: npm install bullmq@6.7.0 ioredis@5.11.1\n0\n',
  )
})
