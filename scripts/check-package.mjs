/**
 * Packs the project, installs the package into empty projects, and uses it there like a new user: with several
 * installers, as an ES module and as CommonJS, with types, in a bundler, in another realm, and from the command line.
 */
import { accessSync, constants, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measurePages, tryEsbuild, tryRolldown, tryRollup } from './package/bundlers.mjs'
import { checkEntries, checkFiles, checkImports, checkLinks, checkMaps } from './package/contents.mjs'
import { tryLinked, tryPlugAndPlay, tryPnpm } from './package/installers.mjs'
import { expectText, makeFolder, makeProject, node, PACKAGE, pack, ROOT, run } from './package/stranger.mjs'
import { checkTypes } from './package/types.mjs'
import { CJS, ECHO, ECHOED, ESM, FACTORIAL, REALM } from './package/uses.mjs'

const folder = makeFolder()
try {
  const { tarball, size, unpackedSize, files } = pack(folder)
  console.log(`packed ${files.length} files, ${kib(size)}, ${kib(unpackedSize)} unpacked`)
  checkFiles(files)
  checkEntries(files)

  const project = makeProject(folder, 'stranger', { 'use.js': ESM, 'use.cjs': CJS, 'realm.js': REALM })
  const types = `@types/node@${PACKAGE.devDependencies['@types/node']}`
  run('npm', ['install', '--no-audit', '--no-fund', tarball, types], project)
  const installed = join(project, 'node_modules/ipvm-wasm')
  checkMaps(installed, files)
  checkLinks(installed, files)
  console.log(`maps lead to their sources; all imports are declared: ${checkImports(installed).join(', ')}`)
  console.log(checkTypes(project, example()))
  expectText('import', node(project, 'use.js'), FACTORIAL)
  expectText('require', node(project, 'use.cjs'), FACTORIAL)
  console.log('import and require run, and the files of thread and process are reached by their names')
  checkRealm(project)
  checkReadme(project)
  checkCommand(project)
  console.log(await tryEsbuild(project))
  console.log(await tryRolldown(project))
  console.log(await measurePages(project))
  console.log(await tryRollup(folder, project))
  console.log(tryLinked(folder, tarball))
  console.log(tryPnpm(folder, tarball))
  console.log(tryPlugAndPlay(folder, tarball))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Checks the whole package in another realm. */
function checkRealm(project) {
  writeFileSync(join(project, 'loader.mjs'), readFileSync(join(ROOT, 'scripts/package/realm.mjs')))
  const flags = ['--experimental-vm-modules', '--experimental-import-meta-resolve', '--no-warnings']
  expectText('another realm', node(project, ...flags, 'loader.mjs', 'realm.js', ECHO, join(project, 'blocks')), ECHOED)
  console.log('it runs in a realm of its own, with bytes of another one')
}

/** Checks the library example of the README. */
function checkReadme(project) {
  writeFileSync(join(project, 'example.ts'), example())
  node(project, join(ROOT, 'node_modules/tsx/dist/cli.mjs'), 'example.ts')
  console.log('the library example of the README runs')
}

/** Checks the command that the package installs. */
function checkCommand(project) {
  const right = process.platform === 'win32' ? constants.F_OK : constants.X_OK
  accessSync(join(project, 'node_modules/ipvm-wasm', PACKAGE.bin['ipvm-wasm']), right)
  const wasm = join(ROOT, 'wasm-fixtures/programs/fibonacci/fibonacci.wasm')
  const { out } = JSON.parse(run('npx', ['ipvm-wasm', 'run', wasm, 'recursive', '20', '--json'], project))
  expectText('npx ipvm-wasm run', JSON.stringify(out), '{"ok":[6765]}')
  console.log('npx ipvm-wasm run gives the right answer')
  // In a clone, the command is a file of the build, and each build replaces it.
  for (let build = 0; build < 2; build++) {
    run('npm', ['run', 'build', '--silent'], ROOT)
    expectText('npx in a clone', run('npx', ['ipvm-wasm', '--version'], ROOT), `${PACKAGE.version}\n`)
  }
  console.log('npx ipvm-wasm runs in a clone after each build')
}

/** The first block of TypeScript in the README that imports the package. */
function example() {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const block = [...readme.matchAll(/```ts[^\n]*\n([\s\S]*?)```/g)]
    .map(match => match[1])
    .find(text => text.includes("from 'ipvm-wasm'"))
  if (block === undefined) throw new Error('the README has no library example')
  return block.replaceAll("'wasm-fixtures/", `'${ROOT}wasm-fixtures/`)
}

function kib(bytes) {
  return `${Math.round(bytes / 1024)} KiB`
}
