/** The files that checks choose in file inputs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { ENDLESS, moduleOfSize, smallModule, type Claims } from './claims.ts'
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
  const { good, lie, otherResult, program, endless } = claims
  return {
    good: write('good.car', good.car),
    lie: write('lie.car', lie.car),
    otherResult: write('other-result.car', otherResult.car),
    program: write('program.car', program.car),
    endless: write('endless.car', endless.car),
    cut: write('cut.car', good.car.subarray(0, good.car.length - 40)),
    garbage: write(
      'garbage.car',
      Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919 + 13) & 0xff),
    ),
    small: write('small.wasm', smallModule()),
    spin: write('spin.wasm', await assemble(ENDLESS)),
    large: write('large.wasm', await moduleOfSize(LARGE)),
  }
}
