import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { verify } from '../../src/envelope/ed25519.ts'
import { publicKeyOf } from '../../src/envelope/did-key.ts'
import { readKeyFile, writeKeyFile } from '../../src/envelope/key-file.ts'
import { generateKey, keyFromPem } from '../../src/envelope/key.ts'
import { faultIn, pemOf, secretOf } from './samples.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-keys-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const hasModes = process.platform !== 'win32'
const openssl = (...words: string[]) => spawnSync('openssl', words, { encoding: 'utf8' })
const hasOpenssl = openssl('version').status === 0

describe('keys', () => {
  it('a new one signs what its DID verifies, and comes back from its PEM', async () => {
    const key = await generateKey()
    expect(key.did).toMatch(/^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/)
    const message = new TextEncoder().encode('message')
    const signature = await key.sign(message)
    expect(verify(signature, message, publicKeyOf(key.did, ''))).toBe(true)
    const again = await keyFromPem(key.toPem())
    expect(again.did).toBe(key.did)
    expect(await again.sign(message)).toEqual(signature)
    expect((await generateKey()).did).not.toBe(key.did)
  })

  it('printing one shows nothing of its secret', async () => {
    const secret = secretOf('secret')
    const key = await keyFromPem(pemOf(secret))
    const shown = [
      inspect(key, { depth: 9, showHidden: true }),
      JSON.stringify(key),
      String(key),
      Object.keys(key).join(),
    ]
    for (const text of shown) expect(text).not.toMatch(/PRIVATE|MC4|[0-9]+, [0-9]+, [0-9]+/)
    expect(Object.keys(key)).toEqual(['did'])
  })

  const pem = pemOf(secretOf('alice'))
  it.each([
    ['nothing', ''],
    ['text', 'did:key:z6Mk'],
    ['a public key', pem.replaceAll('PRIVATE', 'PUBLIC')],
    ['a key of OpenSSH', pem.replaceAll('PRIVATE', 'OPENSSH PRIVATE')],
    ['one byte too few', pemOf(secretOf('alice').subarray(1))],
    ['one byte too many', pemOf(Uint8Array.of(...secretOf('alice'), 0))],
    ['another curve', pem.replace('MC4CAQAwBQYDK2Vw', 'MC4CAQAwBQYDK2Vx')],
    ['no base 64', pem.replace('MC4', 'M?4')],
    ['two keys', pem + pem],
  ])('%s is no key', async (_, text) => expect((await faultIn(keyFromPem(text))).code).toBe('bad-key'))

  it('lines may end as on Windows', async () =>
    expect((await keyFromPem(pem.replaceAll('\n', '\r\n'))).did).toBe((await keyFromPem(pem)).did))

  it.skipIf(!hasOpenssl)('are those of openssl', async () => {
    const file = join(folder, 'openssl.pem')
    expect(openssl('genpkey', '-algorithm', 'ed25519', '-out', file).status).toBe(0)
    chmodSync(file, 0o600)
    const key = await readKeyFile(file)
    const spki = openssl('pkey', '-in', file, '-pubout', '-outform', 'DER').status
    expect(spki).toBe(0)
    const ours = join(folder, 'ours.pem')
    await writeKeyFile(ours, key)
    const text = openssl('pkey', '-in', ours, '-noout', '-text').stdout
    const hex = text.slice(text.indexOf('pub:') + 4).replaceAll(/[^0-9a-f]/g, '')
    expect(hex).toBe(Buffer.from(publicKeyOf(key.did, '')).toString('hex'))
  })
})

describe('key files (ENV-11)', () => {
  it('are written for their owner alone, and never over another file', async () => {
    const file = join(folder, 'new.pem')
    const key = await generateKey()
    await writeKeyFile(file, key)
    if (hasModes) expect(statSync(file).mode & 0o777).toBe(0o600)
    expect((await readKeyFile(file)).did).toBe(key.did)
    const before = readFileSync(file, 'utf8')
    const { code, message } = await faultIn(writeKeyFile(file, await generateKey()))
    expect([code, message]).toEqual(['bad-key', expect.stringContaining('never overwritten')])
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it.skipIf(!hasModes)('that others can access are not read', async () => {
    const file = join(folder, 'open.pem')
    writeFileSync(file, pemOf(secretOf('alice')))
    for (const mode of [0o644, 0o640, 0o660, 0o604, 0o622, 0o610]) {
      chmodSync(file, mode)
      const { code, message } = await faultIn(readKeyFile(file))
      expect([code, message]).toEqual(['bad-key', expect.stringContaining(`mode 0${mode.toString(8)}`)])
    }
    for (const mode of [0o600, 0o400, 0o700]) {
      chmodSync(file, mode)
      expect((await readKeyFile(file)).did).toMatch(/^did:key:/)
    }
  })

  it.skipIf(!hasModes)('that are links, folders, missing or long are not read', async () => {
    const file = join(folder, 'real.pem')
    await writeKeyFile(file, await generateKey())
    symlinkSync(file, join(folder, 'link.pem'))
    writeFileSync(join(folder, 'long.pem'), 'x'.repeat(5_000), { mode: 0o600 })
    writeFileSync(join(folder, 'none.pem'), 'x', { mode: 0o600 })
    for (const [name, reason] of [
      ['link.pem', 'it is a link'],
      ['', 'it is a folder'],
      ['missing.pem', 'there is no such file'],
      ['long.pem', '5000 bytes'],
      ['none.pem', 'no key'],
    ] as const) {
      const { code, message } = await faultIn(readKeyFile(join(folder, name)))
      expect([code, message]).toEqual(['bad-key', expect.stringContaining(reason)])
    }
    const nowhere = await faultIn(writeKeyFile(join(folder, 'no/such/folder.pem'), await generateKey()))
    expect(nowhere.code).toBe('bad-key')
    expect(existsSync(join(folder, 'no'))).toBe(false)
  })
})

describe('DIDs (ENV-5)', () => {
  it.each([
    'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK ',
    'did:key:Z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
    'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2do',
    'did:key:z16MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
    'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme',
    'did:web:example.com',
    `did:key:z${'6'.repeat(1_000)}`,
  ])('%s is none', did => expect(() => publicKeyOf(did, 'iss')).toThrow('iss must be the did:key of an Ed25519 key'))
})
