/** The files that checks choose in file inputs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { moduleOfSize, smallModule, type ClaimFile, type Claims } from './claims.ts'
import type { Files } from './context.ts'

/** A page asks before it prepares a module of this size, in bytes. */
const LARGE = 3 * 1024 * 1024

/** Writes all files into a folder, and returns their paths. */
export async function writeFiles(folder: string, claims: Claims): Promise<Files> {
  const write = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    return path
  }
  const written = Object.entries(claims as unknown as Record<string, ClaimFile>).map(
    ([name, { car, cid }]) => [name, { path: write(`${name}.car`, car), cid }] as const,
  )
  const { car } = claims.good
  return {
    claims: Object.fromEntries(written) as Files['claims'],
    cut: write('cut.car', car.subarray(0, car.length - 40)),
    garbage: write(
      'garbage.car',
      Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919 + 13) & 0xff),
    ),
    small: write('small.wasm', smallModule()),
    large: write('large.wasm', await moduleOfSize(LARGE)),
  }
}
