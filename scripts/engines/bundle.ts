/**
 * Bundles the core into one file. binaryen's WebAssembly is copied, so that it lies beside that file.
 *
 * All engines run the same bundle. Package names resolve as for browsers, since all other engines have the same APIs
 * (WebCrypto, `atob`, `TextEncoder`).
 */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const HERE = dirname(fileURLToPath(import.meta.url))

/** Writes a bundle into a folder: `runner.mjs`, `web-worker.mjs` and `binaryen.wasm`, and the two hosts that load it. */
export async function bundle(folder: string, kind: 'corpus' | 'control'): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: [join(HERE, 'runner.ts'), join(HERE, '../../src/engine/web-worker.ts')],
    entryNames: '[name]',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
    plugins: kind === 'control' ? [withoutCanonicalNan] : [],
  })
  copyFileSync(join(HERE, '../../src/instrument/binaryen/binaryen.wasm'), join(folder, 'binaryen.wasm'))
  for (const host of ['host-process.mjs', 'host-browser.mjs']) copyFileSync(join(HERE, host), join(folder, host))
}

/**
 * The plugin for the control bundle. It disables the passes that make NaNs canonical or watch for them, without a
 * change in src.
 */
const withoutCanonicalNan: Plugin = {
  name: 'without-canonical-nan',
  setup(builder) {
    const left = new Set<string>()
    builder.onLoad({ filter: /nan[\\/]passes[\\/](canonicalize|canonicalize-observed|watch)\.ts$/ }, ({ path }) => {
      const passes = [...readFileSync(path, 'utf8').matchAll(/^export const (\w+): Pass\b/gm)].map(([, name]) => name!)
      for (const name of passes) left.add(name)
      return { contents: passes.map(name => `export const ${name} = { name: '${name}' }`).join('\n') }
    })
    builder.onEnd(() =>
      left.size === 3
        ? {}
        : { errors: [{ text: `passes for NaNs were left out: ${[...left].join(', ')}; there should be three` }] },
    )
  },
}
