/** Decides how the outcome of a receipt is shown. No elements here: that is result-view.ts. */
import { describe, Fault, loadResult, programResult, type BlockSource, type Out, type Value } from 'ipvm-wasm'
import { isNumberList, readable, showNumber, valueLines } from 'ipvm-wasm/words'
import { CID } from 'multiformats/cid'
import { MAX_SHOWN_BYTES, SHOWN } from './bounds.ts'
import { imageKind, type ImageKind } from './image-kind.ts'

/** Content as it is shown. */
export type Content =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'number'; readonly lines: readonly string[] }
  | { readonly kind: 'text'; readonly text: string; readonly bytes: Uint8Array }
  | { readonly kind: 'image'; readonly image: ImageKind; readonly bytes: Uint8Array }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'value'; readonly lines: readonly string[] }
  /** A linked part that cannot be loaded. */
  | { readonly kind: 'missing'; readonly cid: CID; readonly why: string }

/** The outcome of a receipt as it is shown. */
export type Shown =
  | Content
  | {
      readonly kind: 'program'
      readonly exit: number
      readonly stdout: Content
      readonly stderr: Content
      /** The directory of the kept files. */
      readonly files: CID | undefined
    }
  | { readonly kind: 'rejection' | 'trap'; readonly sentence: string }

/** How the outcome of a task under an ABI is shown. Linked parts are loaded, up to `MAX_SHOWN_BYTES`. */
export async function shownOf(
  out: Out,
  abi: string | undefined,
  store: BlockSource,
  signal?: AbortSignal,
): Promise<Shown> {
  if ('error' in out) return { kind: out.error.kind, sentence: describe(out.error) }
  const load = (cid: CID): Promise<Uint8Array | Value> => loadResult(store, cid, { maxBytes: MAX_SHOWN_BYTES, signal })
  const link = CID.asCID(out.ok)
  try {
    if (abi === 'wasi') {
      const program = await programResult(out.ok, load)
      if (program !== undefined)
        return {
          kind: 'program',
          exit: program.exit,
          stdout: contentOf(program.stdout),
          stderr: contentOf(program.stderr),
          files: program.files,
        }
    }
    return contentOf(link === null ? out.ok : await load(link))
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'aborted') throw error
    return { kind: 'missing', cid: link ?? CID.asCID(error.detail['cid']) ?? linkIn(out.ok)!, why: describe(error) }
  }
}

/** How a value is shown by itself. */
export function contentOf(value: Value): Content {
  if (value === null) return { kind: 'nothing' }
  if (value instanceof Uint8Array) return bytesContent(value)
  if (typeof value === 'string') return bytesContent(new TextEncoder().encode(value), value)
  if (typeof value === 'bigint' || typeof value === 'boolean') return { kind: 'number', lines: [String(value)] }
  if (isNumberList(value))
    return value.length === 0 ? { kind: 'nothing' } : { kind: 'number', lines: value.map(showNumber) }
  return { kind: 'value', lines: valueLines(value, SHOWN) }
}

function bytesContent(bytes: Uint8Array, given?: string): Content {
  if (bytes.length === 0) return { kind: 'nothing' }
  const image = imageKind(bytes)
  if (image !== undefined) return { kind: 'image', image, bytes }
  const text = given ?? readable(bytes)
  return text === undefined ? { kind: 'bytes', bytes } : { kind: 'text', text, bytes }
}

/** Some link within a value. */
function linkIn(value: Value): CID | undefined {
  const cid = CID.asCID(value)
  if (cid !== null) return cid
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined
  for (const part of Object.values(value) as Value[]) {
    const found = linkIn(part)
    if (found !== undefined) return found
  }
  return undefined
}
