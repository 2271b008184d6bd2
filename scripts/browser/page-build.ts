/** Builds the page of examples/verify-page, and the same with one more entry, which runs the corpus. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin, type Rolldown } from 'vite'
import config from '../../examples/verify-page/vite.config.ts'

const ENTRY = fileURLToPath(new URL('corpus/main.ts', import.meta.url))

/** Builds the page as `npm run page` does, and returns the folder with it. */
export async function buildPage(): Promise<string> {
  await build({ ...config, configFile: false, logLevel: 'warn' })
  return config.build!.outDir!
}

/** What was built. */
export interface CorpusPage {
  readonly folder: string
  /** The path of the script that runs the corpus, without a slash in front. */
  readonly script: string
}

/**
 * Builds the page with the entry for the corpus into a folder of its own. The page's parts are the same, and the corpus
 * runs on them: the library comes from the built package, and its worker is the one that the page starts.
 */
export async function buildCorpusPage(cache: string): Promise<CorpusPage> {
  const folder = join(cache, 'corpus-page')
  const { input, ...options } = config.build!.rolldownOptions!
  const built = await build({
    ...config,
    configFile: false,
    logLevel: 'error',
    // What the service worker keeps is the page alone.
    plugins: (config.plugins as Plugin[]).filter(({ name }) => name !== 'kept-files'),
    resolve: { alias: [{ find: /^(?:\.\.\/)+src\/index\.ts$/, replacement: 'ipvm-wasm' }] },
    build: {
      ...config.build,
      outDir: folder,
      rolldownOptions: { ...options, input: { ...(input as Record<string, string>), corpus: ENTRY } },
    },
  })
  const { output } = built as Rolldown.RolldownOutput
  const script = output.find(chunk => chunk.type === 'chunk' && chunk.isEntry && chunk.name === 'corpus')!
  return { folder, script: script.fileName }
}
