/**
 * Host functions for tests: a module of them as an embedder writes it. It is JavaScript, so that threads and processes of every
 * Node load it as it is.
 */

/** Bytes added up, 0 to 2³² − 1. */
const sum = bytes => bytes.reduce((total, byte) => (total + byte) >>> 0, 0)

export const begin = ({ params }) => ({ calls: 0, params })

export const functions = {
  /** `(pointer, length, x, y, v) → (x + sum, back(sum, y), v)`: pays for each byte, and calls what the guest exports as `back`. */
  'test/relay@1': {
    type: 'iiIFv:IFv',
    run(call, _, pointer, length, x, y, low, high) {
      const total = sum(call.range(pointer, length))
      const [answer] = call.call('back', total | 0, y)
      return [x + BigInt(total), answer, low, high]
    },
  },
  /** Pays for so many units as its second parameter says, which stands after a vector. */
  'test/after@1': { type: 'vi:', run() {} },
  /** How often it was called in this attempt. */
  'test/count@1': { type: ':i', run: (_, state) => ++state.calls },
  /** What the task gave as its first parameter. */
  'test/first@1': { type: ':I', run: (_, { params }) => params[0] },
  /** Does so many units of work, and says itself how many. */
  'test/spend@1': { type: 'i:', run: (call, _, units) => call.charge(units >>> 0) },
  /** Calls `again(n)` of the guest. */
  'test/again@1': { type: 'i:i', run: (call, _, n) => call.call('again', n)[0] },
  /** Calls `again(n)` of the guest twice: the second call has as much stack as the first. */
  'test/twice@1': { type: 'i:i', run: (call, _, n) => (call.call('again', n)[0] + call.call('again', n)[0]) | 0 },
  /** Ends the run with a range of the memory. */
  'test/quit@1': { type: 'ii:', run: (call, _, pointer, length) => call.exit(call.range(pointer, length).slice()) },
  /** Writes a range to a sink of its own, and ends the run with all that is in it if `last` is not 0. */
  'test/write@1': {
    type: 'iii:i',
    run(call, _, pointer, length, last) {
      const out = call.sink('out')
      out.append(call.range(pointer, length))
      if (last !== 0) call.exit(out.bytes)
      return out.bytes.length
    },
  },
  'test/trap@1': { type: ':', run: call => call.trap('abi-violation') },

  // What no host function may do.
  'test/throw@1': {
    type: 'i:',
    run(_, __, how) {
      if (how === 0) throw new Error('foreign')
      if (how === 1) throw new WebAssembly.RuntimeError('unreachable')
      if (how === 2) throw Object.create(null)
      if (how === 3) throw undefined
      throw new RangeError('Maximum call stack size exceeded')
    },
  },
  /** Fails when it sees more than 100 calls, or a NaN that is not canonical: neither is so in a run that is exact. */
  'test/picky@1': {
    type: 'F:',
    run(call, state, bits) {
      const canonical = 0x7ff8000000000000n
      const unsigned = BigInt.asUintN(64, bits)
      if ((unsigned & canonical) === canonical && unsigned !== canonical) throw new Error('a NaN of this processor')
      if (++state.calls > 100) throw new Error('called more often than could be paid for')
    },
  },
  'test/swallow@1': {
    type: 'i:i',
    run(call, _, n) {
      try {
        return call.call('again', n)[0]
      } catch {
        return 7
      }
    },
  },
  'test/lies@1': {
    type: 'i:i',
    run(call, _, how) {
      if (how === 0) return 1n
      if (how === 1) return [1, 2]
      if (how === 2) return undefined
      if (how === 3) return call.exit(null)
      if (how === 4) return call.call('again', 1)[0]
      if (how === 5) return Promise.resolve(1)
      if (how === 6) return 0.5
      return call.charge(-1)
    },
  },
}
