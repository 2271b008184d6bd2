/** Executions, claims about them, and the verdicts of a verifier on the same store. */
import type { CID } from 'multiformats/cid'
import { encodeStrict, linkOf } from '../../src/base/dag-cbor.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import type { Execution } from '../../src/executor/executor.ts'
import type { Out, Receipt, Verdict } from '../../src/interface.ts'
import type { VerifierOptions, VerifyOptions } from '../../src/verifier/options.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import { Bench, LIMITS, WATS, type CallInput } from './tasks.ts'

const engine = createInlineEngine()

export const REPRODUCED = { verdict: 'reproduced', mismatches: [] }

/** The CID of a block that is in no store. */
export const ABSENT = linkOf(encodeStrict('nowhere'))

/** An execution, and a verifier on the same store for claims about it. */
export class Case {
  readonly bench = new Bench(engine)
  execution!: Execution

  static async of(module: string | Uint8Array, input: CallInput = {}, limits = LIMITS): Promise<Case> {
    const made = new Case()
    made.execution = await made.bench.run(module, input, limits)
    return made
  }

  get receipt(): Receipt {
    return this.execution.receipt
  }

  verify(
    claim: Receipt | CID | Uint8Array,
    options: VerifyOptions = {},
    settings: Partial<VerifierOptions> = {},
  ): Promise<Verdict> {
    return createVerifier({ store: this.bench.store, engine, ...settings }).verify(claim, options)
  }

  /** A claim that differs from the receipt in these fields of `meta`. */
  meta(changes: Partial<Receipt['meta']>): Receipt {
    return { ...this.receipt, meta: { ...this.receipt.meta, ...changes } }
  }

  out(out: Out): Receipt {
    return { ...this.receipt, out }
  }
}

/** A module and a call for every kind of outcome. */
export const MODULES: Readonly<Record<string, readonly [string | Uint8Array, CallInput?, typeof LIMITS?]>> = {
  'a number': [WATS.add, { params: [40n, 2n] }],
  logs: [WATS.logs],
  'a refused growth': [WATS.grows, { params: [200n] }],
  'a trap': [WATS.trap],
  'out of gas': [WATS.loop, {}, { gas: 10n ** 8n, pages: 3 }],
  'no gas at all': [WATS.loop, {}, { gas: 0n, pages: 0 }],
  'a rejection': [WATS.clock],
  'a rejection by pages': [WATS.trap, {}, { gas: 10n ** 9n, pages: 1 }],
  'a rejected call': [WATS.add, { fun: 'none' }],
  'linked bytes': [WATS.echo, { abi: 'bytes', params: [new Uint8Array(3000).fill(1)] }],
}
