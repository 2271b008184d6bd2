/**
 * Demonstrates the command line on real code: add, inspect, run, and verify in another process. It then refutes a
 * receipt in which one field was altered, and runs a program in C that reads one file and writes another. The exit code
 * is 0 only if all results are as expected.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import pc from 'picocolors'
import { createMemoryStore, decodeReceipt, encodeReceipt, exportCar, importCar } from '../dist/index.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(root, 'dist/cli/main.js')
const program = join(root, 'wasm-fixtures/programs/json/json.wasm')
const input = join(root, 'wasm-fixtures/inputs/stations.json')
const words = join(root, 'wasm-fixtures/wasi/words/words.wasm')
const { bold, cyan, dim, green, red } = pc.createColors(process.stdout.isTTY && !process.env.NO_COLOR)

const folder = mkdtempSync(join(tmpdir(), 'ipvm-wasm-demo-'))
try {
  await demonstrate()
  console.log(green('\nEverything came out as it must.'))
} catch (error) {
  console.error(red(`\nThis did not come out as it must: ${error.message}`))
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function demonstrate() {
  say('A JSON parser, compiled from C, and a file for it, go into the embedded store (.ipvm-wasm).')
  const [module, data] = ipvm(['add', program, input], 0).trim().split('\n')

  say('Admission reads the bytes and proves that the module can only compute.')
  expect(ipvm(['inspect', module], 0, { until: 'limits' }), /^verdict +admitted/m)

  say('Run it on the file, both by CID: metered, bounded, the same on every machine.')
  const ran = ipvm(['run', module, 'census', data, '--out', 'receipt.car'], 0)
  expect(ran, /^ *\{"objects":721,/m)
  const receipt = expect(ran, /^receipt +(\S+)$/m)[1]

  say('Anyone can check the receipt: another process runs the task again and compares.')
  expect(ipvm(['verify', receipt], 0), /^Reproduced/)

  say('Now a copy of the receipt claims one unit of gas more.')
  const forged = await forge(receipt)
  console.log(dim(`  written to forged.car, receipt ${forged}`))
  expect(ipvm(['verify', 'forged.car'], 1), /^Refuted: meta\.gasUsed is claimed to be/)

  say('Whole programs run, too: one of ordinary C, with libc, reads the file by its CID and writes another.')
  const place = `${data}:/in/stations.json`
  const wrote = ipvm(['run', words, '--dir', place, '--keep', '/out', '--out', 'words.car', '--', '3'], 0)
  expect(wrote, /^stdout +\d+ words, 3 of them shown/m)
  const files = expect(wrote, /^files +(\S+)$/m)[1]
  expect(ipvm(['get', `${files}/out/counts.txt`, '-o', '-'], 0), /^ +\d+ \w+$/m)

  say('Its receipt has the files that it wrote, and another process reproduces it.')
  expect(ipvm(['verify', 'words.car'], 0), /^Reproduced/)
}

/** Alters `gasUsed` in the archive of a receipt, and returns the CID of the new receipt. */
async function forge(cid) {
  const store = createMemoryStore()
  await importCar(store, new Uint8Array(readFileSync(join(folder, 'receipt.car'))))
  const receipt = [...store.blocks()].find(block => block.cid.toString() === cid)
  const { ran, out, meta } = decodeReceipt(receipt.bytes)
  const block = encodeReceipt({ ran, out, meta: { ...meta, gasUsed: meta.gasUsed + 1n } })
  await store.put(block.cid, block.bytes)
  writeFileSync(join(folder, 'forged.car'), await exportCar(store, [block.cid]))
  return block.cid
}

/** Runs the command line in a new process, shows its output, and returns what it wrote to stdout. */
function ipvm(words, code, { until } = {}) {
  showCommand(['ipvm-wasm', ...words.map(word => (word.startsWith(root) ? relative(root, word) : word))])
  const env = { ...process.env, IPVM_WASM_STORE: '' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
    cwd: folder,
    env,
    encoding: 'utf8',
  })
  const shown = until === undefined ? stdout : stdout.slice(0, stdout.indexOf(`\n${until}`) + 1)
  for (const line of shown.trimEnd().split('\n')) console.log(`  ${line}`)
  if (status !== code) throw new Error(`ipvm-wasm ${words[0]} ended with ${status}, not ${code}\n${stderr}`)
  return stdout
}

/** Breaks a command into lines for a terminal with 100 columns. */
function showCommand(words) {
  const lines = ['  $']
  for (const word of words) {
    if (lines.at(-1).length + word.length > 95) lines.push('     ')
    lines.push(`${lines.pop()} ${word}`)
  }
  console.log(cyan(lines.join(' \\\n')))
}

function expect(text, pattern) {
  const found = pattern.exec(text)
  if (found === null) throw new Error(`${pattern} is not in what it said`)
  return found
}

function say(text) {
  console.log(`\n${bold(text)}`)
}
