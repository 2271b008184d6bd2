/**
 * The vocabulary of ipvm-wasm, in the order in which data flows through it. Types only.
 *
 *   CID ─load→ bytes ─admit→ AdmittedModule ─instrument→ InstrumentedModule ─run→ Outcome ─→ Receipt ─verify→ Verdict
 */
import type { CID } from 'multiformats/cid'

// ── Content ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Every operation that may wait can be given up. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined
}

/**
 * Where blocks are kept: the part of `interface-blockstore` that this project calls, so that any store of that shape can
 * be passed in. What `get` returns is never trusted: every block is hashed before use.
 */
export interface BlockStore {
  get(cid: CID, options?: Abortable): BlockBytes | Promise<BlockBytes>
  put(cid: CID, bytes: Uint8Array, options?: Abortable): CID | Promise<CID>
  has(cid: CID, options?: Abortable): boolean | Promise<boolean>
}

/** Some stores answer with the bytes, some with a stream of them. */
export type BlockBytes = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** One block together with its name. */
export interface Block {
  readonly cid: CID
  readonly bytes: Uint8Array
}

// ── Profile ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A language feature that a profile accepts or not. `core-1` is WebAssembly 1.0 and always accepted. */
export type Feature =
  | 'mutable-globals' | 'sign-extension' | 'saturating-conversions' | 'multi-value' | 'bulk-memory' | 'reference-types'
  | 'simd' | 'tail-calls'

/**
 * A import that a profile provides. `granted`: a pure function of the task. `sink`: takes output only.
 * Whatever is neither is denied.
 */
export interface Grant {
  readonly module: string
  readonly name: string
  /** Value types of parameters and results in the notation of the instruction table, as `ii:` for `(i32, i32) → ()`. */
  readonly type: string
  readonly verdict: 'granted' | 'sink'
  /** What the import does: `abort` traps with code abort, `log` appends bytes to the logs. */
  readonly does: 'abort' | 'log'
  /** Why it is pure, in a sentence for people. */
  readonly reason: string
}

/** Bounds that a module must keep to be admitted, and bounds of its run. Each names its unit. */
export interface Limits {
  /** Bytes of the module. */
  readonly moduleBytes: number
  /** Entries of the type section. */
  readonly types: number
  /** Parameters, and results, of one function type. */
  readonly params: number
  readonly results: number
  /** Imports. */
  readonly imports: number
  /** Functions, imported ones included. */
  readonly functions: number
  /** Tables, and the slots of any one of them at any time. */
  readonly tables: number
  readonly tableSlots: number
  /** Globals. */
  readonly globals: number
  /** Exports. */
  readonly exports: number
  /** Bytes of one import or export name. */
  readonly nameBytes: number
  /** Element segments, and the references in all of them. */
  readonly elementSegments: number
  readonly elements: number
  /** Data segments. */
  readonly dataSegments: number
  /** Bytes of one function body. */
  readonly bodyBytes: number
  /** Locals of one function, parameters included. */
  readonly locals: number
  /** Parameters of all functions and locals declared by all bodies, in 8-byte words. */
  readonly totalLocalWords: number
  /** Greatest nesting of block, loop and if in one body; a loop with parameters counts as four levels. */
  readonly nesting: number
  /** Greatest depth of one expression tree: 1 + the deepest operand, blocks counted as operands. */
  readonly expressionDepth: number
  /** Greatest height of the operand stack, in values. */
  readonly operandHeight: number
  /** Targets of one br_table, the default included, and of all of them. */
  readonly branchTargets: number
  readonly totalBranchTargets: number
  /** Values that the code of one body carries in company (docs/spec/profile.md, PROFILE-10). */
  readonly carriedValues: number
  /** Weight of all frames that are active at once, in 8-byte words. */
  readonly stackWords: number
  /** Bytes of logs that are kept; what comes later is dropped. */
  readonly logBytes: number
  /** Bytes of one byte string or text that a call results in, and of all that are passed to it; text counts as UTF-8. */
  readonly valueBytes: number
  /** Longest result or log that stands in the receipt itself; a longer one becomes a linked block. */
  readonly inlineBytes: number
}

/** What the instructions of a class cost, in gas. */
export type PriceClass =
  | 'free' | 'local' | 'constant' | 'plain' | 'global' | 'select' | 'load' | 'store' | 'multiply' | 'divide'
  | 'floatArithmetic' | 'floatDivide' | 'convert' | 'branch' | 'branchTable' | 'call' | 'callIndirect' | 'size' | 'table'
  | 'bulk' | 'grow' | 'vector' | 'vectorFloat' | 'vectorFloatDivide' | 'vectorMultiply' | 'reference'

/** `flat` once and `perUnit` for each unit of an operand. */
export interface ScaledPrice {
  readonly flat: number
  readonly perUnit: number
}

/**
 * The gas schedule: every price there is. Integers from 0 to 2²⁰, those of `instantiation` to 2²⁷. The unit is explained in
 * docs/spec/gas.md.
 */
export interface Schedule {
  readonly instructions: Readonly<Record<PriceClass, number>>
  /** Beyond the price of their class, the bulk instructions pay for each unit of their size operand. */
  readonly bulk: Readonly<{
    /** Per byte. */ memoryFill: number; memoryCopy: number; memoryInit: number
    /** Per slot. */ tableFill: number; tableCopy: number; tableInit: number
    /** Per page and per slot that is granted. */ memoryGrow: number; tableGrow: number
  }>
  /** Entering a function, and each 8-byte word of locals that its body declares. */
  readonly entry: ScaledPrice
  /** Preparing a module to run. */
  readonly instantiation: Readonly<{
    flat: number; perByte: number; perFunction: number; perPage: number; perSlot: number; perSegment: number; perGlobal: number
    perLocalWord: number; perBranchTarget: number; perCarriedValue: number
  }>
  /** Work that the host does for the guest: moving arguments, results and logs. */
  readonly host: ScaledPrice
}

/** One id selects every rule. A profile is frozen, content-addressed data; its CID stands in every receipt. */
export interface Profile {
  readonly id: string
  readonly features: readonly Feature[]
  readonly grants: readonly Grant[]
  /** What one denied import does: rejects the module, or is linked to a trap. */
  readonly denied: 'reject' | 'trap-on-call'
  readonly limits: Limits
  readonly schedule: Schedule
}

// ── Task ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A parameter of a task: integers, byte strings (also floats and vectors, little-endian), text, and links to bytes. */
export type Param = bigint | Uint8Array | string | CID

/** What is asked: the same for whoever runs it, under whatever limits. */
export interface Task {
  readonly cmd: '/wasm/run'
  readonly args: {
    readonly mod: CID
    readonly fun: string
    readonly params: readonly Param[]
    /** How parameters and results cross into the guest: `core`, `bytes`, or an `assemblyscript(…)->…` signature. */
    readonly abi: string
  }
  /** Empty for pure work, so that the same call is the same task. */
  readonly nonce: Uint8Array
}

/** What the requestor is ready to pay for. No part of the task. */
export interface RunLimits {
  /** 0 ≤ gas ≤ 2⁶². */
  readonly gas: bigint
  /** Greatest size of the guest's memory, in pages of 64 KiB, 0 to 65 536. */
  readonly pages: number
}

// ── Outcome ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export type RejectionCode =
  | 'malformed' | 'invalid' | 'feature' | 'import' | 'limit' | 'reserved-name' | 'no-such-function' | 'bad-arguments'

export type TrapCode =
  | 'unreachable' | 'memory-out-of-bounds' | 'table-out-of-bounds' | 'bad-indirect-call' | 'divide-by-zero'
  | 'integer-overflow' | 'invalid-conversion' | 'out-of-gas' | 'stack-exhausted' | 'denied-import' | 'abi-violation'
  | 'abort'

/** The module or the call is not acceptable under the profile. A value, and part of a receipt. */
export interface Rejection {
  readonly kind: 'rejection'
  readonly code: RejectionCode
  /** What it is about: an import's name, a feature, a limit. */
  readonly subject?: string
  /** Where in the module, in bytes from its start. */
  readonly offset?: number
}

/** The guest failed by the rules of WebAssembly or by a bound. A value, and part of a receipt. */
export interface Trap {
  readonly kind: 'trap'
  readonly code: TrapCode
}

/** Something that admission has to say against a module. Details are for people and stay out of receipts. */
export interface Finding extends Rejection {
  readonly offset: number
  readonly detail: string
}

/** What a guest returns: a list of numbers (`core`), bytes or a link to them, text, an integer, or nothing. */
export type Result = readonly (bigint | Uint8Array)[] | Uint8Array | CID | string | bigint | null

/** What came out. */
export type Out<R = Result> = { readonly ok: R } | { readonly error: Rejection | Trap }

/** What running a function of an admitted module under limits came to, before anything is linked or encoded. */
export interface Outcome {
  readonly out: Out
  /** Gas used; the limit, if it ran out; 0 for a rejection. */
  readonly gasUsed: bigint
  /** Greatest size of the memory, in pages; 0 for a rejection and when gas ran out. */
  readonly peakPages: number
  /** Whether the limit on pages refused memory that the guest would otherwise have had. */
  readonly growRefused: boolean
  /** What the guest wrote to sinks. */
  readonly logs: Uint8Array
  /** Of a trap other than out-of-gas in the guest's own code: where. For people; receipts and verdicts do not know of it. */
  readonly trace?: TrapTrace
}

/** Where a guest trapped. */
export interface TrapTrace {
  /** Offset in the module, in bytes, of the instruction that trapped, or that called what trapped. */
  readonly offset: number
  /** What `env.abort` was called with, as AssemblyScript calls it. */
  readonly abort?: AbortCall
}

/** A message and a place in source code. Text that cannot be read in the guest's memory is absent. */
export interface AbortCall {
  readonly message?: string
  readonly file?: string
  readonly line: number
  readonly column: number
}

/** Where and why a guest trapped, as far as the module's own sections tell. */
export interface TrapDetails extends TrapTrace {
  /** The function, its name if one is known, and how many bytes after the beginning of its body the instruction stands. */
  readonly function?: { readonly index: number; readonly name?: string; readonly offset: number }
  /** From debug information (DWARF); lines and columns count from 1. */
  readonly source?: { readonly file: string; readonly line: number; readonly column?: number }
}

// ── Receipt ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What came out of a task under a profile and limits. Running it again reproduces it byte for byte. */
export interface Receipt {
  readonly ran: CID
  readonly out: Out
  readonly meta: {
    readonly profile: CID
    readonly limits: RunLimits
    readonly gasUsed: bigint
    readonly peakPages: number
    readonly growRefused: boolean
    /** Absent if nothing was logged. */
    readonly logs?: Uint8Array | CID
  }
}

// ── Verdict ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A field in which a claim and its re-execution differ, as a path into the receipt. */
export interface Mismatch {
  readonly field: string
  readonly claimed: unknown
  readonly reproduced: unknown
}

/**
 * `reproduced`: running the task again gave this very receipt. `refuted`: it gave another one. `undecided`: the claim
 * lies outside of what the verifier expects, trusts or is ready to run.
 */
export type Verdict =
  | { readonly verdict: 'reproduced'; readonly mismatches: readonly [] }
  | { readonly verdict: 'refuted'; readonly mismatches: readonly Mismatch[] }
  | { readonly verdict: 'undecided'; readonly mismatches: readonly Mismatch[]; readonly reason: UndecidedReason }

export type UndecidedReason = 'task' | 'profile' | 'limits' | 'gas' | 'pages'
