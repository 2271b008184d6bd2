/**
 * A host function for tests that ends the run with one of many results. The file is JavaScript, so that threads and
 * processes can load it without a build.
 */
import { CID } from 'multiformats/cid'

const LINK = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
const bytes = length => new Uint8Array(length).fill(7)
const nested = (levels, inner = 0n) => (levels === 0 ? inner : [nested(levels - 1, inner)])

function deep() {
  let value = []
  for (let i = 0; i < 100_000; i++) value = [value]
  return value
}

function cycle() {
  const value = {}
  value.again = value
  return value
}

/** Returns a list of nulls whose dag-cbor has `size` bytes: a head of five bytes, and one byte for each null. */
const nulls = size => Array.from({ length: size - 5 }, () => null)

/** Functions that make the results, by name. */
export const RESULTS = {
  'a program’s': () => ({ exit: 0n, stdout: bytes(5), stderr: 'ü' }),
  'a program’s with long output': () => ({ exit: 1n, stdout: bytes(1025), stderr: bytes(1024) }),
  'long text within a list': () => [['x'.repeat(1025), 'ü'.repeat(512), 'ü'.repeat(513)]],
  links: () => ({ a: LINK, b: [{ '/': LINK.toString() }] }),
  'a list that is long': () => Array.from({ length: 100 }, (_, i) => `item ${i} of a hundred`),
  'a map that is long': () => Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, BigInt(i)])),
  'long within long': () => Array.from({ length: 60 }, () => bytes(2000)),
  'a map of the longest that stay': () => ({ a: bytes(500), b: bytes(513) }),
  'one byte more': () => ({ a: bytes(500), b: bytes(514) }),
  'as many vectors as there are results': () => Array.from({ length: 255 }, () => bytes(16)),
  'one more': () => Array.from({ length: 256 }, () => bytes(16)),
  'a key __proto__': () => JSON.parse('{"__proto__":{"a":null}}'),
  'ten million characters': () => ({ text: 'x'.repeat(10_000_000) }),
  null: () => null,
  true: () => true,
  'an integer of 64 bits': () => -(2n ** 64n),
  'as deep as there may be': () => nested(32),
  'a level deeper': () => nested(33),
  'deeper than a document': () => nested(62),
  'a hundred thousand levels': deep,
  'a list that contains itself': cycle,
  'as many bytes as there may be': () => ({ a: bytes(2 ** 25), b: bytes(2 ** 25 - 2) }),
  'a byte more': () => ({ a: bytes(2 ** 25), b: bytes(2 ** 25 - 1) }),
  'a key that is the byte more': () => ({ a: bytes(2 ** 25), bc: bytes(2 ** 25 - 2) }),
  'the largest document': () => nulls(2_097_152),
  'a document a byte larger': () => nulls(2_097_153),
  'a map with too many keys': () => Object.fromEntries(Array.from({ length: 400_000 }, (_, i) => [`k${i}`, null])),
  'a list with only a length': () => new Array(2 ** 32 - 1),
  'a list of holes': () => new Array(3),
  'a float': () => ({ a: 0.5 }),
  undefined: () => undefined,
  'a function': () => [() => 1],
  'a Map': () => new Map(),
  'a lone surrogate': () => ['\ud800'],
  'an integer beyond 64 bits': () => 2n ** 64n,
  'a link to nothing': () => ({ '/': 'nothing' }),
  'a link that is not a CID': () => ({ '/': 'baaaa' }),
  'a CID of version 0': () => CID.parse('QmPympgyrEGEdSJ93rqvQkR71QLuQGdhKQtYztFwxpQsid'),
  'a map that throws': () => ({
    get a() {
      throw new Error('no')
    },
  }),
}

export const functions = {
  'test/result@1': { type: 'i:', run: (call, _, which) => call.exit(Object.values(RESULTS)[which]()) },
  /** Ends the run with the parameters of the task. */
  'test/params@1': { type: ':', run: (call, { params }) => call.exit(params) },
}

export const begin = ({ params }) => ({ params })
