/**
 * The bundlers that are tried, and what each needs beyond its default configuration: at most one line, which docs/bundlers.md
 * shows. A project has `index.html`, `main.js`, and `worker.js`, a worker of its own that `main.js` starts.
 */

/** How a bundler builds a project. */
export interface Recipe {
  readonly name: string
  /** What it needs beyond its defaults, as Markdown. */
  readonly beyond: string
  /** Its packages, at exact versions. The first one is the bundler. */
  readonly packages: readonly string[]
  /** Its file of configuration. */
  readonly config?: { readonly file: string; readonly text: string } | undefined
  /** The command, as in a script of package.json. It writes the folder `dist`. */
  readonly command: readonly [program: string, ...args: string[]]
  /** True if it takes `index.html` as its entry. Otherwise the page is copied beside the built files. */
  readonly takesHtml: boolean
  /** True if the built files run in Node as well, since the code finds its files by `import.meta.url`. */
  readonly runsInNode: boolean
  /** False if its defaults leave the code as it was written, with all comments. */
  readonly minifies: boolean
}

/** Entries of bundlers that leave `new URL('./file', import.meta.url)` as it is: so these files must lie beside the others. */
const ENTRIES = ['main.js', 'worker.js', 'ipvm-wasm/web-worker', 'ipvm-wasm/binaryen.wasm']

const VITE = {
  name: 'Vite',
  beyond: "`worker: { format: 'es' }`, since workers load code when they need it",
  config: {
    file: 'vite.config.js',
    text: "export default { worker: { format: 'es' } }\n",
  },
  command: ['vite', 'build'],
  takesHtml: true,
  runsInNode: false,
  minifies: true,
} as const

export const RECIPES = {
  'vite-6': { packages: ['vite@6.4.6'], ...VITE },
  'vite-7': { packages: ['vite@7.3.8'], ...VITE },
  'vite-8': { packages: ['vite@8.3.8'], ...VITE },
  'webpack-5': {
    name: 'webpack',
    beyond: '`performance: { hints: false }`, or it warns of the size of the WebAssembly',
    packages: ['webpack@5.113.0', 'webpack-cli@7.3.1'],
    config: {
      file: 'webpack.config.js',
      text: "export default { entry: './main.js', mode: 'production', performance: { hints: false } }\n",
    },
    command: ['webpack'],
    takesHtml: false,
    runsInNode: false,
    minifies: true,
  },
  'rollup-4': {
    name: 'Rollup',
    beyond: '`importMetaAssets`, and the worker as an entry',
    packages: [
      'rollup@4.68.8',
      '@rollup/plugin-node-resolve@16.0.3',
      '@rollup/plugin-commonjs@29.0.3',
      '@web/rollup-plugin-import-meta-assets@2.3.3',
    ],
    config: {
      file: 'rollup.config.js',
      text: `import resolve from '@rollup/plugin-node-resolve'
import commonjs from '@rollup/plugin-commonjs'
import { importMetaAssets } from '@web/rollup-plugin-import-meta-assets'

export default {
  input: ['main.js', 'worker.js', 'ipvm-wasm/web-worker'],
  plugins: [resolve({ browser: true }), commonjs(), importMetaAssets({ include: '**/binaryen/asset.js' })],
  output: { dir: 'dist' },
}
`,
    },
    command: ['rollup', '--config'],
    takesHtml: false,
    runsInNode: true,
    minifies: false,
  },
  esbuild: {
    name: 'esbuild',
    beyond: 'an ES module, and the two files as entries with their own names',
    packages: ['esbuild@0.28.2'],
    command: [
      'esbuild',
      ...ENTRIES,
      '--bundle',
      '--minify',
      '--splitting',
      '--format=esm',
      '--loader:.wasm=copy',
      '--entry-names=[name]',
      '--outdir=dist',
    ],
    takesHtml: false,
    runsInNode: true,
    minifies: true,
  },
  bun: {
    name: 'Bun',
    beyond: 'the two files as entries with their own names',
    packages: ['bun@1.4.5'],
    command: [
      'bun',
      'build',
      ...ENTRIES,
      '--minify',
      '--splitting',
      '--outdir=dist',
      '--entry-naming=[name].[ext]',
      '--asset-naming=[name].[ext]',
    ],
    takesHtml: false,
    runsInNode: true,
    minifies: true,
  },
} as const satisfies Readonly<Record<string, Recipe>>

export type Bundler = keyof typeof RECIPES

export const BUNDLERS = Object.keys(RECIPES) as readonly Bundler[]
