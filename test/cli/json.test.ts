/** The writer of `--json` has the same output as the encoder of dag-json. */
import { encode } from '@ipld/dag-json'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { expect, test } from 'vitest'
import { toDagJson } from '../../src/cli/json.ts'

const theirs = (value: unknown): string => new TextDecoder().decode(encode(value))
const cid = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')

const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array({ maxLength: 20 }),
  fc.constant(cid),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter(number => !Object.is(number, -0)),
)
const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ minLength: 1, maxLength: 4, unit: 'binary' }).filter(key => key !== '/'),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
}))

test('is the same as that of @ipld/dag-json', async () => {
  await fc.assert(
    fc.asyncProperty(value, async input => {
      expect(await toDagJson(input)).toBe(theirs(input))
    }),
    { numRuns: 1_000 },
  )
})

test('undefined fields are left out at any depth', async () => {
  expect(await toDagJson({ b: undefined, a: [{ c: undefined, d: 1.5 }] })).toBe('{"a":[{"d":1.5}]}')
  expect(await toDagJson({ b: undefined, a: [{ c: undefined, d: cid }] })).toBe(`{"a":[{"d":{"/":"${cid}"}}]}`)
})
