/**
 * Packs the project, installs it into an empty one and uses it there as a stranger would: types resolve under `nodenext`,
 * the README's library example runs, and so does the command line.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const project = mkdtempSync(join(tmpdir(), 'ipvm-wasm-package-'))
const run = (command, args, cwd = project) => execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

try {
  const packed = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', project], root))
  const [{ filename, size, files }] = Array.isArray(packed) ? packed : Object.values(packed)
  console.log(`packed ${files.length} files, ${Math.round(size / 1024)} KiB`)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }))
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  run('npm', ['install', '--no-audit', '--no-fund', join(project, filename), `@types/node@${devDependencies['@types/node']}`])

  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({
    compilerOptions: { module: 'nodenext', target: 'es2022', strict: true, noEmit: true, skipLibCheck: false, types: ['node'] }, include: ['*.ts'],
  }))
  writeFileSync(join(project, 'example.ts'), example())
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project])
  console.log('types resolve under nodenext')

  run(process.execPath, [join(root, 'node_modules/tsx/dist/cli.mjs'), join(project, 'example.ts')])
  console.log('the library example of the README runs')

  const wasm = join(root, 'wasm-fixtures/programs/fibonacci/fibonacci.wasm')
  const { out } = JSON.parse(run('npx', ['ipvm-wasm', 'run', wasm, 'recursive', '20', '--json']))
  if (JSON.stringify(out) !== '{"ok":[6765]}') throw new Error(`npx ipvm-wasm run gave ${JSON.stringify(out)}`)
  console.log('npx ipvm-wasm run gives the right answer')
} finally {
  rmSync(project, { recursive: true, force: true })
}

/** The first block of TypeScript in the README that imports the package. */
function example() {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const block = [...readme.matchAll(/```ts[^\n]*\n([\s\S]*?)```/g)].map(match => match[1]).find(text => text.includes("from 'ipvm-wasm'"))
  if (block === undefined) throw new Error('the README has no library example')
  return block.replaceAll("'wasm-fixtures/", `'${root}wasm-fixtures/`)
}
