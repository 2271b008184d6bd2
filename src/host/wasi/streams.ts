/** Standard output and standard error (WASI-9). */
import { BoundedSink } from '../sinks.ts'
import type { GuestAccess } from './guest-access.ts'
import type { WasiState } from './state.ts'

type Name = 'stdout' | 'stderr'

/** The number of bytes that can still be written to a stream. */
export function roomOf(guest: GuestAccess, { program }: WasiState, name: Name): number {
  return guest.sink(program.streams === 'logs' ? 'logs' : name).room
}

/** Writes bytes, for which there must be room. */
export function writeStream(guest: GuestAccess, state: WasiState, name: Name, bytes: Uint8Array): void {
  if (state.program.streams === 'logs') return guest.sink('logs').append(bytes)
  guest.sink(name).append(bytes)
  state.written ??= new BoundedSink(guest.sink('logs').room)
  state.written.append(bytes)
}
