import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** Sizes of the package as users get it, in bytes. */
export interface Sizes {
  /** The packed package. */
  readonly packed: number
  /** The unpacked package. */
  readonly unpacked: number
  /** The entry point for browsers, without what it loads when it has to instrument, bundled, minified and compressed by gzip. */
  readonly browser: number
}

export async function sizes(root: string): Promise<Sizes> {
  const packing = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
  })
  const [packed] = JSON.parse(packing) as [{ readonly size: number; readonly unpackedSize: number }]
  const { outputFiles } = await build({
    entryPoints: [join(root, 'dist/index.js')],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  })
  return { packed: packed.size, unpacked: packed.unpackedSize, browser: gzipSync(outputFiles[0]!.contents).length }
}
