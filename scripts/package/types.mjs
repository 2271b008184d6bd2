/** Checks that the types of the package resolve with all common settings. The declarations are checked, too. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { node, ROOT } from './stranger.mjs'

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')

/** The module resolutions that projects use, and the files that are checked with each. */
const RESOLUTIONS = {
  nodenext: { module: 'nodenext', include: ['*.ts', '*.cts'] },
  bundler: { module: 'esnext', moduleResolution: 'bundler', include: ['*.ts'] },
}

const CTS = `
import { createExecutor, createInlineEngine, createMemoryStore, type Executor } from 'ipvm-wasm'
import { createThreadEngine } from 'ipvm-wasm/node'
export const executor: Executor = createExecutor({ store: createMemoryStore(), engine: createInlineEngine() })
export const engine = createThreadEngine({ threads: 1 })
`

/** Checks a project with the example of the README, and a CommonJS file. */
export function checkTypes(project, example) {
  writeFileSync(join(project, 'example.ts'), example)
  writeFileSync(join(project, 'common.cts'), CTS)
  for (const [name, { include, ...options }] of Object.entries(RESOLUTIONS)) {
    const config = `tsconfig.${name}.json`
    const compilerOptions = {
      ...options,
      target: 'es2022',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
    }
    writeFileSync(join(project, config), JSON.stringify({ compilerOptions, include }))
    node(project, TSC, '-p', config)
  }
  return `types resolve under ${Object.keys(RESOLUTIONS).join(' and ')}`
}
