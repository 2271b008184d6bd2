/** How outcomes are shown: as text, numbers, an image, bytes, or a program; and never as HTML. */
import { addFile, addTree, createMemoryStore, type Out, type Value } from 'ipvm-wasm'
import { CID } from 'multiformats/cid'
import { beforeEach, describe, expect, test } from 'vitest'
import { filesView } from '../../examples/verify-page/src/files-view.ts'
import { resultView } from '../../examples/verify-page/src/result-view.ts'
import { safeName } from '../../examples/verify-page/src/save.ts'
import { shownOf } from '../../examples/verify-page/src/shown.ts'
import { named, useDocument } from './document.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const NONE = createMemoryStore()
const HOSTILE = '<img src=x onerror=alert(1)>\u202e'
const LINK = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')

beforeEach(() => void useDocument(''))

async function viewOf(out: Out, abi = 'bytes', store = NONE): Promise<HTMLElement> {
  return resultView('test', await shownOf(out, abi, store), store)
}

describe('results', () => {
  test.each<[string, Value, string, string]>([
    ['text in bytes', utf8('hello\nworld'), 'text', 'hello\nworld'],
    ['text', 'hello', 'text', 'hello'],
    ['HTML in bytes', utf8(HOSTILE), 'text', '<img src=x onerror=alert(1)>'],
    ['numbers', [1n, Uint8Array.of(0, 0, 0x80, 0x3f)], 'number', '11 (f32 0x3f800000)'],
    ['a number', -5n, 'number', '-5'],
    ['bytes', Uint8Array.of(0, 1, 255), 'bytes', '00000000  00 01 ff'],
    ['no bytes', new Uint8Array(0), 'nothing', 'Nothing'],
    ['nothing', null, 'nothing', 'Nothing'],
    ['a map', { a: [1n], b: HOSTILE }, 'value', '- 1'],
  ])('%s', async (_, ok, kind, says) => {
    const view = await viewOf({ ok })
    expect(view.dataset['kind']).toBe(kind)
    expect(view.textContent).toContain(says)
    expect(view.querySelectorAll('img, script, iframe, object')).toHaveLength(0)
  })

  test('an image is the source of an <img>', async () => {
    const image = new Uint8Array(40)
    image.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    image.set([0, 0, 0, 2, 0, 0, 0, 2], 16)
    const view = await viewOf({ ok: image })
    expect(view.dataset['kind']).toBe('image')
    const shown = named(view, 'result-image')
    expect(shown.getAttribute('src')).toMatch(/^blob:/)
    expect(shown.getAttribute('alt')).not.toBe('')
    expect(named(view, 'result-download').getAttribute('download')).toBe('result.png')
  })

  test('a drawing is text until it is asked for', async () => {
    const view = await viewOf({ ok: utf8('<svg onload="alert(1)"></svg>') })
    expect(view.querySelectorAll('img, svg')).toHaveLength(0)
    named(view, 'result-draw').click()
    expect(named(view, 'result-image').dataset['type']).toBe('image/svg+xml')
    expect(view.querySelectorAll('svg')).toHaveLength(0)
  })

  test('what is saved is bytes without a type, under a name without a path', async () => {
    const link = named(await viewOf({ ok: utf8('<script>') }), 'result-download')
    const blob = await fetch(link.getAttribute('href')!)
    expect(blob.headers.get('content-type')).toBe('application/octet-stream')
    expect(safeName('../../.ssh/con\u202efig')).toBe('con_fig')
    expect(safeName('..')).toBe('file')
    expect(safeName('a/b/report 1.txt')).toBe('report 1.txt')
    expect(safeName('x'.repeat(500))).toHaveLength(100)
  })

  test('a result that is linked is loaded, and one that is not there says so', async () => {
    const store = createMemoryStore()
    const ok = await addFile(store, utf8('x'.repeat(5000)))
    expect((await viewOf({ ok }, 'bytes', store)).textContent).toContain('xxxx')
    const missing = await viewOf({ ok: LINK })
    expect(missing.dataset['kind']).toBe('missing')
    expect(missing.textContent).toContain(LINK.toString())
  })

  test('a rejection and a trap are sentences', async () => {
    const rejected = await viewOf({ error: { kind: 'rejection', code: 'import', subject: HOSTILE, offset: 3 } })
    expect([rejected.dataset['kind'], rejected.textContent]).toEqual([
      'rejection',
      expect.stringContaining('the module imports'),
    ])
    expect(rejected.querySelectorAll('img')).toHaveLength(0)
    expect((await viewOf({ error: { kind: 'trap', code: 'divide-by-zero' } })).dataset['kind']).toBe('trap')
  })
})

describe('programs', () => {
  test('the exit code, both streams and the kept files', async () => {
    const store = createMemoryStore()
    const file = { kind: 'file', bytes: utf8('kept') } as const
    const link = { kind: 'symlink', target: '/etc/passwd' } as const
    const directory = {
      kind: 'directory',
      entries: [
        ['a', file],
        [HOSTILE, file],
        ['z', link],
      ],
    } as const
    const files = await addTree(store, { kind: 'directory', entries: [['out', directory]] })
    const view = await viewOf({ ok: { exit: 3n, stdout: utf8('out\n'), stderr: utf8('err\n'), files } }, 'wasi', store)
    expect(view.dataset['kind']).toBe('program')
    expect(view.textContent).toMatch(/exit code 3.*out.*err/s)
    const listed = filesView(store, files)
    await expect.poll(() => listed.getAttribute('aria-busy')).toBeNull()
    expect([...listed.querySelectorAll('li')].map(item => item.querySelector('code')!.textContent)).toEqual([
      `out/${HOSTILE}`,
      'out/a',
      'out/z',
    ])
    expect(listed.textContent).toContain('a link to /etc/passwd')
    expect(listed.querySelectorAll('img')).toHaveLength(0)
    expect(listed.querySelectorAll('[data-testid=file-download]')).toHaveLength(2)
  })

  test('files that are not there say so', async () => {
    const view = filesView(NONE, CID.createV1(0x70, LINK.multihash))
    await expect.poll(() => view.getAttribute('aria-busy')).toBeNull()
    expect(view.textContent).toContain('does not have block')
  })
})
