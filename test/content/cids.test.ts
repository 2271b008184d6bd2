import { base58btc } from 'multiformats/bases/base58'
import { base64url } from 'multiformats/bases/base64'
import { base36 } from 'multiformats/bases/base36'
import { describe, expect, it } from 'vitest'
import { DAG_CBOR, DAG_PB, RAW, blockKey, cidOf, codecName, parseCid, rawCid } from '../../src/content/cids.ts'
import { SHA3_256 } from '../../src/content/hashes.ts'
import { faultOf, text } from './support.ts'

const HELLO = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'
const V0 = 'QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o'

describe('parseCid', () => {
  it('reads version 1 in several bases, and version 0', () => {
    const cid = parseCid(HELLO)
    expect([cid.version, cid.code, cid.multihash.code]).toEqual([1, RAW, 0x12])
    for (const base of [base58btc, base64url, base36]) expect(parseCid(cid.toString(base)).toString()).toBe(HELLO)
    expect(parseCid(HELLO.toUpperCase()).toString()).toBe(HELLO)
    const old = parseCid(V0)
    expect([old.version, old.code, old.toString()]).toEqual([0, DAG_PB, V0])
  })

  it('reads ipfs:// addresses', () => {
    expect(parseCid(`ipfs://${HELLO}`).toString()).toBe(HELLO)
    expect(parseCid(`IPFS://${V0}`).toString()).toBe(V0)
  })

  it.each([
    ['nothing', ''],
    ['no base', 'hello'],
    ['too short', 'bafkrei'],
    ['too long', `${HELLO}aa`],
    ['a path', `${HELLO}/file`],
    ['a slash', `ipfs://${HELLO}/`],
    ['version 0 with a prefix', `z${V0}`],
    ['another scheme', `http://${HELLO}`],
    ['two schemes', `ipfs://ipfs://${HELLO}`],
    ['a blank', ` ${HELLO}`],
    ['a huge text', 'b'.repeat(100_000)],
  ])('refuses %s', async (_name, bad) => {
    expect(await faultOf(() => parseCid(bad))).toMatchObject({ code: 'bad-cid', whose: 'requestor' })
  })

  it('refuses anything other than text', async () => {
    expect((await faultOf(() => parseCid(undefined as unknown as string))).code).toBe('bad-usage')
  })
})

describe('making CIDs', () => {
  it('gives bytes their CID', async () => {
    expect((await rawCid(text('hello world'))).toString()).toBe(HELLO)
    expect((await rawCid(new Uint8Array(0))).toString()).toBe(
      'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
    )
    const cid = await cidOf(DAG_CBOR, Uint8Array.of(0xa0), SHA3_256)
    expect([cid.version, cid.code, cid.multihash.code]).toEqual([1, DAG_CBOR, SHA3_256])
  })

  it('keys blocks by multihash: version and codec do not matter', () => {
    const old = parseCid(V0)
    expect(blockKey(old.toV1())).toBe(blockKey(old))
    expect(blockKey(old)).toMatch(/^[a-z2-7]{55}$/)
  })

  it('names codecs', () => {
    expect([codecName(DAG_CBOR), codecName(0x1234)]).toEqual(['dag-cbor', 'codec 0x1234'])
  })
})
