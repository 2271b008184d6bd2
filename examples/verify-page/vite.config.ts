/** How the page is built: every address relative, for any path, and a service worker that knows what was built. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const ROOT = fileURLToPath(new URL('.', import.meta.url))
const DIST = join(ROOT, 'dist')
const SERVICE_WORKER = 'sw.js'
/** The workers, by the files that their URLs name in the sources. */
const WORKERS = { 'web-worker.js': 'engine-worker', 'inspect-worker.ts': 'inspect-worker' } as const
/** The scripts that the page starts by their names. They stand beside the document. */
const SCRIPTS: readonly string[] = ['sw', ...Object.values(WORKERS)]

export default defineConfig({
  root: ROOT,
  base: './',
  build: {
    outDir: DIST,
    emptyOutDir: true,
    target: 'es2022',
    // Files stay files: a data address is against the page's policy.
    assetsInlineLimit: 0,
    // Vite would make each dynamic import look into the document, and workers have none.
    modulePreload: false,
    rolldownOptions: {
      input: {
        index: join(ROOT, 'index.html'),
        ...Object.fromEntries(SCRIPTS.map(name => [name, join(ROOT, `src/${name}.ts`)])),
      },
      output: { entryFileNames: ({ name }) => (SCRIPTS.includes(name) ? '[name].js' : 'assets/[name]-[hash].js') },
    },
  },
  plugins: [sharedWorkers(), kept()],
})

/** Tells the service worker which files there are, what their hashes are, and when each is kept. */
function kept(): Plugin {
  let first: ReadonlySet<string> = new Set()
  return {
    name: 'kept-files',
    apply: 'build',
    generateBundle(_options, bundle) {
      first = firstLoaded(bundle)
    },
    // The scripts of the page are fetched at once, and not one after the other as they name each other.
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle = {} }) =>
        [...firstLoaded(bundle)]
          .filter(path => path.endsWith('.js'))
          .map(path => ({ tag: 'link', attrs: { rel: 'modulepreload', href: `./${path}` }, injectTo: 'head' })),
    },
    writeBundle() {
      const files = readdirSync(DIST, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile() && entry.name !== SERVICE_WORKER)
        .map(entry =>
          join(entry.parentPath, entry.name)
            .slice(DIST.length + 1)
            .replaceAll('\\', '/'),
        )
        .sort()
        .map(path => ({
          path,
          sha256: sha256(readFileSync(join(DIST, path))),
          when: first.has(path) ? 'first' : 'used',
        }))
      const list = JSON.stringify(files)
      const worker = join(DIST, SERVICE_WORKER)
      const code = readFileSync(worker, 'utf8')
      for (const name of ['__KEPT__', '__VERSION__'])
        if (!code.includes(name)) throw new Error(`${SERVICE_WORKER} has no ${name}`)
      writeFileSync(worker, code.replaceAll('__KEPT__', list).replaceAll('__VERSION__', JSON.stringify(sha256(list))))
    },
  }
}

/** The files without which the page does not open: the document, and the scripts and styles that it names. */
function firstLoaded(bundle: Readonly<Record<string, Built>>): ReadonlySet<string> {
  const found = new Set(['index.html', 'icon.svg', ...Object.keys(bundle).filter(name => name.endsWith('.css'))])
  const waiting = Object.keys(bundle).filter(path => /^assets\/index-[^/]*\.js$/.test(path))
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue
    found.add(path)
    const file = bundle[path]
    if (file?.type === 'chunk') waiting.push(...file.imports)
  }
  return found
}

/** A file of the build. */
type Built =
  | { readonly type: 'asset' }
  | { readonly type: 'chunk'; readonly imports: readonly string[]; readonly dynamicImports: readonly string[] }

/**
 * Builds the workers together with the page, so that they share what they have in common. Vite builds each
 * `new Worker(new URL('./a.js', import.meta.url))` apart, with copies of what the page has: twice the bytes.
 *
 * The scripts of the workers load their code by `import()`, so the bundler finds nothing in them that another chunk needs.
 */
function sharedWorkers(): Plugin {
  return {
    name: 'shared-workers',
    apply: 'build',
    enforce: 'pre',
    transform(code) {
      let changed = code
      for (const [file, script] of Object.entries(WORKERS))
        changed = changed.replaceAll(
          `new URL('./${file}', import.meta.url)`,
          `new URL('${script}.js', document.baseURI)`,
        )
      return changed === code ? null : changed
    },
    generateBundle: (_options, bundle) => requireApart(bundle),
  }
}

/**
 * Throws if a chunk imports one of the scripts. The script would run in the page or in another worker, and answer messages
 * that are not meant for it.
 */
function requireApart(bundle: Readonly<Record<string, Built>>): void {
  for (const [path, file] of Object.entries(bundle))
    for (const imported of file.type === 'chunk' ? [...file.imports, ...file.dynamicImports] : [])
      if (SCRIPTS.some(name => imported === `${name}.js`)) throw new Error(`${path} imports ${imported}`)
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('base64')
}
