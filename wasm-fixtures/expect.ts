/**
 * Checks the fixtures on the bare engine: `npx tsx wasm-fixtures/expect.ts [--write]`.
 *
 * Programs are compared with their expected.json, and that with what references/ computes without them; `--write`
 * writes it anew. Fixtures in text are assembled, the engine's verdict and the outcome of running them are compared.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { callAssemblyScript, callBytes, callCore } from './bare.ts'
import { checkText } from './expect-text.ts'
import type { Call, Expected, FileCall, Value } from './expected.ts'
import { parseExpected, stringify } from './expected.ts'
import { REFERENCES } from './references/index.ts'

const HERE = new URL('.', import.meta.url)

function read(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, HERE)))
}

function call(bytes: Uint8Array, abi: string, fun: string, params: readonly Value[]): Promise<Call['ok']> {
  if (abi === 'core') return callCore(bytes, fun, params)
  if (abi === 'bytes') return callBytes(bytes, fun, params as Uint8Array[])
  return callAssemblyScript(bytes, abi, fun, params)
}

async function checkFile(bytes: Uint8Array, { fun, files, ...expected }: FileCall): Promise<boolean> {
  const answer = await callBytes(bytes, fun, files.map(read))
  const sha256 = createHash('sha256').update(answer).digest('hex')
  return isDeepStrictEqual(expected, { bytes: answer.length, sha256 })
}

async function checkProgram(name: string, { abi, calls, files = [] }: Expected): Promise<string[]> {
  const bytes = read(`programs/${name}/${name}.wasm`)
  const wrong: string[] = []
  for (const [i, { abi: own, fun, params, ok }] of calls.entries()) {
    const actual = await call(bytes, own ?? abi, fun, params).catch((error: unknown) => String(error))
    if (!isDeepStrictEqual(actual, ok)) wrong.push(`${name} call ${i} ${fun}: ${show(actual)} instead of ${show(ok)}`)
  }
  for (const file of files) {
    if (!(await checkFile(bytes, file))) wrong.push(`${name} ${file.fun} of ${file.files.join(', ')}`)
  }
  return wrong
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('latin1').slice(0, 200))
  return Array.isArray(value) ? `[${value.map(show).join(', ')}]` : String(value)
}

async function checkPrograms(write: boolean): Promise<string[]> {
  const wrong: string[] = []
  for (const [name, reference] of Object.entries(REFERENCES)) {
    const path = new URL(`programs/${name}/expected.json`, HERE)
    const text = stringify(reference())
    if (write) writeFileSync(path, text)
    const same = existsSync(path) && readFileSync(path, 'utf8') === text
    if (same) wrong.push(...(await checkProgram(name, parseExpected(text))))
    else wrong.push(`${name}: expected.json is not what references/ says`)
  }
  return wrong
}

async function checkTexts(): Promise<string[]> {
  const wrong: string[] = []
  for (const folder of ['admission', 'malformed', 'traps', 'memory', 'floats']) {
    for (const file of readdirSync(new URL(folder, HERE))) {
      const problem = await checkText(file, readFileSync(new URL(`${folder}/${file}`, HERE), 'utf8'))
      if (problem !== undefined) wrong.push(`${folder}/${file}: ${problem}`)
    }
  }
  return wrong
}

const wrong = [...(await checkPrograms(process.argv.includes('--write'))), ...(await checkTexts())]
for (const line of wrong) console.error(line)
console.log(wrong.length === 0 ? 'all fixtures are as expected' : `${wrong.length} differ`)
process.exitCode = wrong.length === 0 ? 0 : 1
