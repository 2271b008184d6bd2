import type { Grant } from '../../interface-profile.ts'
import { TABLE } from './table.ts'
import { semanticsOf } from './wasi.ts'

/**
 * The grants of WASI for a profile. `virtual` has all 46 functions. `pure` leaves out clocks, randomness, polling and
 * sockets, so these are denied.
 */
export function wasiGrants(kind: 'pure' | 'virtual'): readonly Grant[] {
  return TABLE.filter(({ pure }) => pure || kind === 'virtual').map(row => ({
    module: 'wasi_snapshot_preview1',
    name: row.name,
    type: row.type,
    semantics: semanticsOf(row),
    may: row.may,
    price: row.price,
  }))
}
