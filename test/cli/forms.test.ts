import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { beforeAll, describe, expect, test } from 'vitest'
import { rawCid } from '../../src/content/cids.ts'
import { readTask } from '../../src/task/forms/read.ts'
import { createTask, encodeTask } from '../../src/task/task.ts'
import { ADD_ONE_WORKFLOW, IMAGE_PIPELINE, instruction, task } from '../task/forms/samples.ts'
import { bytesOf, folder, ipvm, ipvmJson, NUMBERS } from './support.ts'

interface Ran {
  readonly receipt: CID
  readonly task: CID
  readonly envelope?: CID
  readonly signer?: string
  readonly out: unknown
  readonly meta: { readonly limits: unknown }
}

let mod: CID
beforeAll(async () => {
  mod = await rawCid(NUMBERS)
})

const rsc = (): string => `"ipfs://${mod}"`
const ADD = (): string => instruction('add', '[40,2]', '""', rsc())

/** A folder with the module in its store, and a document. */
async function folderWith(document: string): Promise<string> {
  const cwd = folder({ 'numbers.wasm': NUMBERS, 'task.json': document })
  await ipvm(['add', 'numbers.wasm'], { cwd })
  return cwd
}

describe('run --task', () => {
  test('runs a task of homestar under the ABI that is named', async () => {
    const cwd = await folderWith(task(ADD()))
    const { code, json } = await ipvmJson<Ran>(['run', '--task', 'task.json', '--abi', 'core'], { cwd })
    expect([code, json.out]).toEqual([0, { ok: [42] }])
    expect(json.task).toEqual(encodeTask(createTask({ mod, fun: 'add', params: [40, 2], abi: 'core' })).cid)
  })

  test('runs under the smaller of the limits', async () => {
    const cwd = await folderWith(task(ADD(), '{"fuel":20000000,"memory":131072,"time":30000}'))
    const words = ['run', '--task', 'task.json', '--abi', 'core']
    expect((await ipvmJson<Ran>(words, { cwd })).json.meta.limits).toEqual({ gas: 20_000_000, pages: 2 })
    const smaller = await ipvmJson<Ran>([...words, '--gas', '3e6', '--pages', '1'], { cwd })
    expect(smaller.json.meta.limits).toEqual({ gas: 3_000_000, pages: 1 })
  })

  test('a limit that cannot be read is a fault that names it, and nothing runs', async () => {
    const cwd = await folderWith(ADD_ONE_WORKFLOW)
    const { code, stdout, stderr } = await ipvm(['run', '--task', 'task.json', '--abi', 'core'], { cwd })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('fault (bad-task): Not a task: tasks[0].meta.fuel must be an integer')
  })

  test('what means components says so', async () => {
    const cwd = await folderWith(ADD())
    const { code, stderr } = await ipvm(['run', '--task', 'task.json'], { cwd })
    expect(code).toBe(2)
    expect(stderr).toContain('fault (unsupported-task): This task cannot be run here')
    expect(stderr).toContain('components do not run here')
  })

  test('takes a task of a workflow by its number, our own tasks and UCAN, from files and by CID', async () => {
    const cwd = await folderWith(`{"tasks":[${task(ADD())},${task(instruction('none', '[]', '""', rsc()))}]}`)
    const second = await ipvmJson<Ran>(['run', '--task', 'task.json', '--abi', 'core', '--step', '1'], { cwd })
    expect(second.json.out).toEqual({ ok: [] })
    const own = await ipvmJson<Ran>(['run', '--task', second.json.task.toString()], { cwd })
    expect(own.json.receipt).toEqual(second.json.receipt)
    const did = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'
    const to = ['--to', 'ucan-1.0-task', '--sub', did, '-o', 'ucan.cbor', '--cbor']
    const ucan = await ipvmJson<{ cid: CID }>(['translate', own.json.task.toString(), ...to], { cwd })
    expect((await ipvmJson<Ran>(['run', '--task', 'ucan.cbor'], { cwd })).json.receipt).toEqual(own.json.receipt)
    expect((await ipvmJson<Ran>(['run', '--task', ucan.json.cid.toString()], { cwd })).json.task).toEqual(own.json.task)
  })

  test('runs a module that stands in the document', async () => {
    const data = Buffer.from(NUMBERS).toString('base64')
    const document = instruction('add', '[1,2]', '""', `"data:application/wasm;base64,${data}"`)
    const cwd = folder({ 'task.json': document })
    const { json } = await ipvmJson<Ran>(['run', '--task', 'task.json', '--abi', 'core'], { cwd })
    expect(json.out).toEqual({ ok: [3] })
  })

  test.each([
    [['run'], "missing required argument 'cid|file'"],
    [['run', 'numbers.wasm', '--task', 'task.json'], '--task names module, function and parameters'],
    [['run', '--task', 'task.json', '--params', '[]'], '--task names module, function and parameters'],
    [['run', '--task', 'nothere.json'], 'cannot read nothere.json'],
    [['run', 'numbers.wasm', 'none', '--step', '1'], '--step chooses a task'],
    [['run', '--task', 'task.json', '--step', '2', '--abi', 'core'], 'from 0 to 0'],
    [['run', '--task', 'task.json', '--abi', 'core', '--dir', '.:/'], 'wasi'],
    [['run', '--task', 'task.json', '--out', 'task.json'], 'task.json would be overwritten'],
  ])('%j is wrong usage', async (words, said) => {
    const { code, stderr } = await ipvm(words, { cwd: await folderWith(ADD()) })
    expect(code).toBe(64)
    expect(stderr).toContain(said)
  })
})

describe('show', () => {
  test('says which form a file has, its CID, and what it asks for', async () => {
    const cwd = folder({ 'workflow.json': IMAGE_PIPELINE })
    const { code, stdout, stderr } = await ipvm(['show', 'workflow.json'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toContain(
      'task in the form homestar-workflow bafyrmiatb7idqtty56hy3hrfa6ur6qkspyrhaf6n6ynmqsntjvym47mbrq\n',
    )
    expect(stdout).toContain('func: "rotate90"')
    expect(stderr).toContain('tasks[1].run (bafyrmiekrfvz5lglddmnkm2l2tia43tagziokpamjipleen7spxizchxbu)')
  })

  test('shows floats, also from the store', async () => {
    const document = readTask(instruction('f', '[1.0,1]', '""', rsc()))
    const cwd = folder({ 'task.cbor': document.bytes, 'task.json': instruction('f', '[1.0,1]', '""', rsc()) })
    for (const name of ['task.cbor', 'task.json']) {
      const { stdout } = await ipvm(['show', name], { cwd })
      expect(stdout).toContain(`task in the form homestar-instruction ${document.cid}`)
      expect(stdout).toMatch(/- "1\.0"\n +- 1\n/)
    }
  })

  test('names the field of a text that is no task', async () => {
    const cwd = folder({ 'task.json': instruction('f', '{}', '""', rsc()) })
    const { code, stderr } = await ipvm(['show', 'task.json'], { cwd })
    expect(code).toBe(2)
    expect(stderr).toContain('fault (bad-task): Not a task: input.args must be a list')
  })
})

describe('translate', () => {
  test('writes each form, and prints its CID', async () => {
    const cwd = await folderWith(ADD())
    for (const form of ['ipvm-task', 'homestar-instruction', 'homestar-workflow', 'ucan-0.2-task', 'ipvm-wasm']) {
      const { code, stdout, stderr } = await ipvm(['translate', 'task.json', '--abi', 'core', '--to', form], { cwd })
      const written = readTask(stdout)
      expect([code, written.form, stderr]).toEqual([0, form, `${form} ${written.cid}\n`])
    }
  })

  test('--json has the document as text', async () => {
    const cwd = await folderWith(ADD())
    const words = ['translate', 'task.json', '--abi', 'core', '--to', 'homestar-instruction']
    const { json } = await ipvmJson<{ cid: CID; document: string; from: string }>(words, { cwd })
    expect(readTask(json.document).cid).toEqual(json.cid)
    expect(json).toMatchObject({ form: 'homestar-instruction', from: 'homestar-instruction', cid: readTask(ADD()).cid })
  })

  test.each([
    [['--to', 'cwl'], '--to is one of'],
    [['--to', 'ucan-1.0-task'], '--sub names the subject'],
    [['--to', 'homestar-task', '--sub', 'did:key:z6Mk'], '--sub names the subject'],
    [['--cbor'], 'dag-cbor is binary'],
  ])('%j is wrong usage', async (words, said) => {
    const { code, stderr } = await ipvm(['translate', 'task.json', '--abi', 'core', ...words], {
      cwd: await folderWith(ADD()),
    })
    expect(code).toBe(64)
    expect(stderr).toContain(said)
  })
})

describe('keys and signatures', () => {
  test('key new makes a private file once, and key show says whose it is', async () => {
    const cwd = folder()
    const made = await ipvm(['key', 'new', 'me.pem'], { cwd })
    expect(made.code).toBe(0)
    expect(made.stdout).toMatch(/^did:key:z6Mk\w+\n$/)
    expect(made.stdout + made.stderr).not.toContain('PRIVATE')
    expect((await ipvm(['key', 'show', 'me.pem'], { cwd })).stdout).toBe(made.stdout)
    if (process.platform !== 'win32') expect(statSync(join(cwd, 'me.pem')).mode & 0o777).toBe(0o600)
    const before = readFileSync(join(cwd, 'me.pem'), 'utf8')
    const again = await ipvm(['key', 'new', 'me.pem'], { cwd })
    expect([again.code, readFileSync(join(cwd, 'me.pem'), 'utf8')]).toEqual([2, before])
    expect(again.stderr).toContain('fault (bad-key)')
  })

  test('run --sign signs, and verify names the signer', async () => {
    const cwd = folder({ 'numbers.wasm': NUMBERS })
    const did = (await ipvm(['key', 'new', 'me.pem'], { cwd })).stdout.trim()
    const run = ['run', 'numbers.wasm', 'add', '1', '2', '--out', 'receipt.car']
    const plain = await ipvmJson<Ran>(run, { cwd })
    expect(plain.json).not.toHaveProperty('envelope')
    const { json } = await ipvmJson<Ran>([...run, '--sign', 'me.pem'], { cwd })
    expect(json).toMatchObject({ signer: did, receipt: plain.json.receipt, envelope: expect.any(CID) })
    const shown = await ipvm([...run, '--sign', 'me.pem'], { cwd })
    expect(shown.stdout).toContain(`envelope  ${json.envelope}\nsigner    ${did}\n`)
    const elsewhere = folder()
    for (const claim of [join(cwd, 'receipt.car')]) {
      const verified = await ipvm(['verify', claim, '--expect-signer', did], { cwd: elsewhere })
      expect(verified.code).toBe(0)
      expect(verified.stdout).toContain('Reproduced: running the task again gave this very receipt.')
      expect(verified.stdout).toContain(`signer    ${did}\nreceipt   ${json.receipt}\n`)
    }
    const verdict = await ipvmJson<{ signer: string }>(['verify', json.envelope!.toString()], { cwd })
    expect(verdict.json).toMatchObject({ verdict: 'reproduced', signer: did })
    const card = await ipvm(['show', json.envelope!.toString()], { cwd })
    expect(card.stdout).toContain(`envelope in the form ucan-1.0, whose signature holds ${json.envelope}`)
    expect(card.stdout).toContain(`receipt: ${json.receipt}`)
  })

  test('--expect-signer is undecided for another signer and for none', async () => {
    const cwd = folder({ 'numbers.wasm': NUMBERS })
    await ipvm(['key', 'new', 'me.pem'], { cwd })
    const other = (await ipvm(['key', 'new', 'other.pem'], { cwd })).stdout.trim()
    const { json } = await ipvmJson<Ran>(['run', 'numbers.wasm', 'none', '--sign', 'me.pem'], { cwd })
    for (const claim of [json.envelope, json.receipt]) {
      const { code, stdout } = await ipvm(['verify', claim!.toString(), '--expect-signer', other], { cwd })
      expect(code).toBe(3)
      expect(stdout).toContain('Undecided: the receipt is not signed by whom it is expected from')
    }
    const wrong = await ipvm(['verify', json.receipt.toString(), '--expect-signer', 'me'], { cwd })
    expect(wrong.code).toBe(64)
    expect(wrong.stderr).toContain('--expect-signer must be the did:key of an Ed25519 key')
  })

  test('the envelope of a foreign task names its call, and travels with it', async () => {
    const cwd = await folderWith(task(ADD()))
    await ipvm(['key', 'new', 'me.pem'], { cwd })
    const words = ['run', '--task', 'task.json', '--abi', 'core', '--sign', 'me.pem', '--out', 'out.car']
    const { json } = await ipvmJson<Ran>(words, { cwd })
    const shown = await ipvmJson<{ ran: CID; receipt: CID }>(['show', json.envelope!.toString()], { cwd })
    expect(shown.json.ran).toEqual(readTask(ADD()).cid)
    expect(shown.json.receipt).toEqual(json.receipt)
    const { code } = await ipvm(['verify', join(cwd, 'out.car'), '--expect-task', json.task.toString()], {
      cwd: folder(),
    })
    expect(code).toBe(0)
  })

  test('a key that others can read signs nothing', async () => {
    const cwd = folder({ 'numbers.wasm': NUMBERS })
    await ipvm(['key', 'new', 'me.pem'], { cwd })
    writeFileSync(join(cwd, 'open.pem'), bytesOf(join(cwd, 'me.pem')), { mode: 0o644 })
    const { code, stdout, stderr } = await ipvm(['run', 'numbers.wasm', 'none', '--sign', 'open.pem'], { cwd })
    if (process.platform === 'win32') return
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('others have access to it (mode 0644)')
  })

  test('an envelope with a changed byte is no claim', async () => {
    const cwd = folder({ 'numbers.wasm': NUMBERS })
    await ipvm(['key', 'new', 'me.pem'], { cwd })
    await ipvm(['run', 'numbers.wasm', 'add', '1', '2', '--sign', 'me.pem', '--out', 'out.car'], { cwd })
    // The CAR names blocks by their hashes, so the forger needs a CAR of its own: an envelope alone is shown, not verified.
    const { json } = await ipvmJson<Ran>(['run', 'numbers.wasm', 'add', '1', '2', '--sign', 'me.pem'], { cwd })
    const { createFsStore } = await import('../../src/content/fs-store.ts')
    const { getBlock } = await import('../../src/content/block.ts')
    const bytes = (await getBlock(createFsStore(join(cwd, '.ipvm-wasm')), json.envelope!)).slice()
    bytes[20]! ^= 1
    writeFileSync(join(cwd, 'forged'), bytes)
    const { code, stderr } = await ipvm(['show', 'forged'], { cwd })
    expect(code).toBe(2)
    expect(stderr).toContain('fault (bad-envelope): Not an envelope: [0] must be a signature of did:key:')
  })
})
