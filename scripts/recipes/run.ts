/**
 * Compiles and runs every recipe of the documentation: `npm run test:recipes -- [name…] [--write]`.
 *
 * A recipe runs in a clean folder, as a reader would run it. It must print the lines that the page shows; otherwise the
 * exit code is
 * 1. Missing toolchains are installed from Debian packages (as root), by rustup or from PyPI. If that fails, the recipe
 *   is skipped, and the reason is printed.
 *
 * `--write` stores the modules in wasm-fixtures/recipes, with digests of their sources. `npm run test:long` runs these
 * modules. Those of more than `MAX_STORED` bytes are not stored.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Unavailable } from '../install.ts'
import { digestOf, isPrebuilt, MAX_STORED, missingLine, prebuiltModule, recipes, ROOT, type Recipe } from './recipes.ts'
import { runCommands, writeSources } from './shell.ts'
import { toolchainOf } from './toolchains.ts'

const KEPT = join(ROOT, 'wasm-fixtures/recipes')

/** The entry of a stored module in recipes.json. */
interface Kept {
  readonly page: string
  readonly toolchain: string
  /** False if the module is too large to be stored, or belongs to wasm-fixtures/wasi. */
  readonly stored: boolean
  readonly digest: string
}

const words = process.argv.slice(2)
const write = words.includes('--write')
const names = words.filter(word => !word.startsWith('--'))
const index = join(KEPT, 'recipes.json')
const kept = (existsSync(index) ? JSON.parse(readFileSync(index, 'utf8')) : {}) as Record<string, Kept>

/** Runs a recipe. Returns the problem, or undefined. */
function run(recipe: Recipe): string | undefined {
  const { version, programs } = toolchainOf(recipe)
  const folder = mkdtempSync(join(tmpdir(), `recipe-${recipe.name}-`))
  try {
    writeSources(recipe, folder)
    const module = join(folder, `${recipe.name}.wasm`)
    const prebuilt = isPrebuilt(recipe)
    if (prebuilt) writeFileSync(module, prebuiltModule(recipe))
    const { stdout, stderr } = runCommands(recipe.commands, folder, programs)
    const missing = missingLine(recipe, stdout)
    if (missing !== undefined) return `«${missing}» is not printed. What is:\n${stdout}${stderr}`
    const bytes = readFileSync(module)
    const stored = join(KEPT, `${recipe.name}.wasm`)
    const small = !prebuilt && bytes.length <= MAX_STORED
    const same = !existsSync(stored)
      ? `${bytes.length} bytes`
      : readFileSync(stored).equals(bytes)
        ? 'the kept module'
        : 'not the bytes of the kept module'
    console.log(`${recipe.name}: prints what ${recipe.page} shows (${version}; ${same})`)
    if (!write) return undefined
    if (small) writeFileSync(stored, bytes)
    else rmSync(stored, { force: true })
    kept[recipe.name] = { page: recipe.page, toolchain: version, stored: small, digest: digestOf(recipe) }
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

let [passed, failed, skipped] = [0, 0, 0]
for (const recipe of recipes().filter(({ name }) => names.length === 0 || names.includes(name))) {
  try {
    const wrong = run(recipe)
    if (wrong === undefined) passed++
    else failed++
    if (wrong !== undefined) console.log(`${recipe.name}: ${wrong}`)
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    skipped++
    console.log(`${recipe.name}: skipped, because ${error.message}`)
  }
}
if (write) writeFileSync(index, `${JSON.stringify(kept, null, 2)}\n`)
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 ? 1 : 0
