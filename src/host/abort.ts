/**
 * The host function `assemblyscript/abort@1`: `abort(message, file, line, column)` ends the run with the trap `abort`
 * (docs/spec/profile.md, PROFILE-32).
 */
import type { HostModule } from './host-module.ts'

export const functions: HostModule<undefined>['functions'] = {
  'assemblyscript/abort@1': {
    type: 'iiii:',
    run(call, _, messageAt: number, fileAt: number, line: number, column: number) {
      const message = textAt(call.memory(), messageAt >>> 0)
      const file = textAt(call.memory(), fileAt >>> 0)
      call.trap('abort', { ...(message && { message }), ...(file && { file }), line: line >>> 0, column: column >>> 0 })
    },
  },
}

/** The greatest length of a guest's text that is shown to people, in bytes. */
const MAX_TEXT = 4096

/**
 * Reads a string of AssemblyScript: UTF-16, with its size in bytes in the word before it. Undefined if it is not in the
 * memory.
 */
function textAt(memory: Uint8Array, pointer: number): string | undefined {
  if (pointer < 4 || pointer > memory.length) return undefined
  const size = new DataView(memory.buffer, memory.byteOffset).getUint32(pointer - 4, true)
  if (pointer + size > memory.length) return undefined
  return new TextDecoder('utf-16le').decode(memory.slice(pointer, pointer + Math.min(size, MAX_TEXT)))
}
