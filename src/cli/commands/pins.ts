import { hasBlock } from '../../content/block.ts'
import type { Pin } from '../../content/pins.ts'
import type { Context } from '../context.ts'
import { requireCid } from '../inputs.ts'
import { EXIT, UsageError } from '../usage.ts'

/** Pins a CID. It need not be in the store yet. */
export async function pin(context: Context, word: string, { name }: { readonly name?: string }): Promise<number> {
  const { store, signal } = context
  const cid = requireCid(word)
  await store.pin(cid, { name })
  const present = await hasBlock(store, cid, { signal })
  await context.answer({ cid, ...(name !== undefined && { name }), present }, output => {
    output.line(cid.toString())
    if (!present) output.note('the store does not have it yet: it will stay when it is added')
  })
  return EXIT.done
}

/** Takes back a pin. */
export async function unpin(context: Context, word: string): Promise<number> {
  const cid = requireCid(word)
  if (!(await context.store.unpin(cid)))
    throw new UsageError(`${cid} is not pinned`, 'What is pinned is listed by: ipvm-wasm pins')
  await context.answer({ cid }, output => output.line(cid.toString()))
  return EXIT.done
}

/** Lists what is pinned. */
export async function pins(context: Context): Promise<number> {
  const found: Pin[] = []
  for await (const pinned of context.store.pins()) found.push(pinned)
  await context.answer({ pins: found }, output => {
    for (const { cid, name } of found) output.line(cid.toString(), name === '' ? '' : `  ${name}`)
    if (found.length === 0) output.note('nothing is pinned')
  })
  return EXIT.done
}
