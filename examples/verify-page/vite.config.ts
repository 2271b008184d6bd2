/** How the page is built: every address relative, for any path, and a service worker that knows what was built. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const ROOT = fileURLToPath(new URL('.', import.meta.url))
const DIST = join(ROOT, 'dist')
const SERVICE_WORKER = 'sw.js'

export default defineConfig({
  root: ROOT,
  base: './',
  // The engine's worker loads parts of itself when it needs them, which only modules can do.
  worker: { format: 'es' },
  build: {
    outDir: DIST,
    emptyOutDir: true,
    target: 'es2022',
    // Files stay files: a data address is against the page's policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: join(ROOT, 'index.html'), sw: join(ROOT, 'src/sw.ts') },
      output: { entryFileNames: ({ name }) => (name === 'sw' ? SERVICE_WORKER : 'assets/[name]-[hash].js') },
    },
  },
  plugins: [kept()],
})

/** Tells the service worker which files there are, what their hashes are, and when each is kept. */
function kept(): Plugin {
  return {
    name: 'kept-files',
    apply: 'build',
    closeBundle() {
      const files = readdirSync(DIST, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile() && entry.name !== SERVICE_WORKER)
        .map(entry =>
          join(entry.parentPath, entry.name)
            .slice(DIST.length + 1)
            .replaceAll('\\', '/'),
        )
        .sort()
        .map(path => ({ path, sha256: sha256(readFileSync(join(DIST, path))), when: whenKept(path) }))
      const list = JSON.stringify(files)
      const worker = join(DIST, SERVICE_WORKER)
      const code = readFileSync(worker, 'utf8')
      for (const name of ['__KEPT__', '__VERSION__'])
        if (!code.includes(name)) throw new Error(`${SERVICE_WORKER} has no ${name}`)
      writeFileSync(worker, code.replaceAll('__KEPT__', list).replaceAll('__VERSION__', JSON.stringify(sha256(list))))
    },
  }
}

/** The instrumenter is large, and examples are for those who try them. All else is kept at once. */
function whenKept(path: string): 'first' | 'used' {
  return path.endsWith('.wasm') || path.startsWith('examples/') ? 'used' : 'first'
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('base64')
}
