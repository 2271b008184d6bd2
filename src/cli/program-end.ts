/** What a program has come to, for the command line: its streams and its exit code. */
import { CID } from 'multiformats/cid'
import { isMap } from '../base/value.ts'
import type { Execution } from '../executor/executor.ts'
import type { Value } from '../interface.ts'
import type { Context } from './context.ts'
import { loadResult } from './load-result.ts'
import { stderr, stdout } from './terminal.ts'

export interface ProgramEnd {
  readonly code: number
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** The directory of what it has left. */
  readonly files: CID | undefined
}

/** The end of a program; undefined if the task was none, or has no result. */
export async function endOf(
  context: Context,
  { receipt: { out } }: Pick<Execution, 'receipt'>,
): Promise<ProgramEnd | undefined> {
  return 'ok' in out ? programEnd(context, out.ok) : undefined
}

/** The end that a result of the ABI `wasi` tells, with its linked parts loaded; undefined for another result. */
export async function programEnd(context: Context, result: Value): Promise<ProgramEnd | undefined> {
  const cid = CID.asCID(result)
  const value = cid === null ? result : await loadResult(context, cid)
  if (!isMap<CID>(value)) return undefined
  const { exit, stdout: out, stderr: errors, files = null } = value
  if (typeof exit !== 'bigint' || out === undefined || errors === undefined) return undefined
  const [written, complained] = [await bytesOf(context, out), await bytesOf(context, errors)]
  return { code: Number(exit), stdout: written, stderr: complained, files: CID.asCID(files) ?? undefined }
}

async function bytesOf(context: Context, value: Value): Promise<Uint8Array> {
  if (value instanceof Uint8Array) return value
  const cid = CID.asCID(value)
  const loaded = cid === null ? undefined : await loadResult(context, cid)
  return loaded instanceof Uint8Array ? loaded : new Uint8Array()
}

/** Writes what the program has written, byte for byte. */
export async function writeStreams(end: ProgramEnd): Promise<void> {
  await stdout.bytes(end.stdout)
  await stderr.bytes(end.stderr)
}
