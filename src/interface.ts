/**
 * The vocabulary of ipvm-wasm, in the order in which data flows through it. Types only.
 *
 *   CID ─load→ bytes ─admit→ AdmittedModule ─instrument→ InstrumentedModule ─run→ Outcome ─→ Receipt ─verify→ Verdict
 */
import type { CID } from 'multiformats/cid'

// ── Content ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Every operation that may wait can be given up. */
export interface Abortable {
  /** Gives up when it fires: the fault is then `aborted`, or `timeout` for `AbortSignal.timeout`. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Where blocks are kept: the part of `interface-blockstore` that this project calls, so that any store of that shape can
 * be passed in. What `get` returns is never trusted: every block is hashed before use.
 */
export interface BlockStore {
  /** The bytes of a block; throws, or gives nothing, where it has none. */
  get(cid: CID, options?: Abortable): BlockBytes | Promise<BlockBytes>
  /** Keeps the bytes of a block under its CID. */
  put(cid: CID, bytes: Uint8Array, options?: Abortable): CID | Promise<CID>
  /** True if the block is there. */
  has(cid: CID, options?: Abortable): boolean | Promise<boolean>
}

/** Some stores answer with the bytes, some with a stream of them. */
export type BlockBytes = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** One block together with its name. */
export interface Block {
  /** Names the bytes by their hash. */
  readonly cid: CID
  /** The block as it is stored and sent. */
  readonly bytes: Uint8Array
}

// ── Task ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A value that crosses between a task, a guest and a receipt: the data model of IPLD without floats, which are byte strings,
 * little-endian. Integers go from −2⁶⁴ to 2⁶⁴ − 1, text is well-formed Unicode, a map has no key `/`, and there are at most 61
 * levels of lists and maps (docs/spec/receipt.md, RECEIPT-24). `L` is what stands for a link.
 */
export type ValueOf<L> = null | boolean | bigint | Uint8Array | string | L | readonly ValueOf<L>[] | ValueMap<L>

/** A map of values. Each key is a property of its own, whatever its name; what the object inherits is no part of the value. */
export interface ValueMap<L = CID> {
  readonly [key: string]: ValueOf<L>
}

/** A value in a task or a receipt: its links are CIDs. */
export type Value = ValueOf<CID>

/** A link in the form that crosses to threads and processes, and is that of dag-json: `{ '/': 'bafy…' }`. */
export interface Link {
  /** The text of a CID. */
  readonly '/': string
}

/** A value as plain data, such as threads and processes pass on: in jobs and outcomes. */
export type PlainValue = ValueOf<Link>

/** A parameter of a task. Which values an ABI takes, and what a link among them stands for, is the ABI's matter. */
export type Param = Value

/** What is asked: the same for whoever runs it, under whatever limits. */
export interface Task {
  /** The ability that is asked for, in the words of UCAN. */
  readonly cmd: '/wasm/run'
  /** What to run, and on what. */
  readonly args: {
    /** The module: a raw block or a UnixFS file. */
    readonly mod: CID
    /** The name of the exported function. */
    readonly fun: string
    /** The parameters in their order. In the ABIs of today a CID stands for the bytes that it names. */
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

/** Why a module or a call is not acceptable. The rules are in docs/spec/profile.md and docs/spec/receipt.md. */
export type RejectionCode =
  'malformed' | 'invalid' | 'feature' | 'import' | 'limit' | 'reserved-name' | 'no-such-function' | 'bad-arguments'

/** How a guest failed. Each is raised by the code of the module or by a bound of the profile or the limits. */
export type TrapCode =
  | 'unreachable'
  | 'memory-out-of-bounds'
  | 'table-out-of-bounds'
  | 'bad-indirect-call'
  | 'divide-by-zero'
  | 'integer-overflow'
  | 'invalid-conversion'
  | 'out-of-gas'
  | 'stack-exhausted'
  | 'denied-import'
  | 'abi-violation'
  | 'abort'

/** The module or the call is not acceptable under the profile. A value, and part of a receipt. */
export interface Rejection {
  /** Tells a rejection from a trap. */
  readonly kind: 'rejection'
  /** Why it is refused. */
  readonly code: RejectionCode
  /** What it is about: an import's name, a feature, a limit. */
  readonly subject?: string
  /** Where in the module, in bytes from its start. */
  readonly offset?: number
}

/** The guest failed by the rules of WebAssembly or by a bound. A value, and part of a receipt. */
export interface Trap {
  /** Tells a trap from a rejection. */
  readonly kind: 'trap'
  /** How the guest failed. */
  readonly code: TrapCode
}

/** Something that admission has to say against a module. Details are for people and stay out of receipts. */
export interface Finding extends Rejection {
  /** Where in the module, in bytes from its start. */
  readonly offset: number
  /** What is wrong there, in words for people. */
  readonly detail: string
}

/**
 * What a guest returns, as the ABI of the task has it: a list of numbers (`core`), bytes, text, an integer, nothing, or any other
 * value. What is too long for a receipt is a link in it: to a file of the bytes or text, or to a block of dag-cbor.
 */
export type Result = Value

/** What came out. */
export type Out<R = Result> = { readonly ok: R } | { readonly error: Rejection | Trap }

/** What running a function of an admitted module under limits came to, before anything is linked or encoded. */
export interface Outcome {
  /** What the function gave, or why it gave nothing. */
  readonly out: Out<PlainValue>
  /** Gas used; the limit, if it ran out; 0 for a rejection. */
  readonly gasUsed: bigint
  /** Greatest size of the memory, in pages; 0 for a rejection and when gas ran out. */
  readonly peakPages: number
  /** True if the limit on pages refused memory that the guest would otherwise have had. */
  readonly growRefused: boolean
  /** What the guest wrote to sinks. */
  readonly logs: Uint8Array
  /** Blocks that the result links to: the files that a program has left. Their CIDs are texts. */
  readonly blocks?: readonly PlainBlock[]
  /** Of a trap other than out-of-gas in the guest's own code: where. For people; receipts and verdicts do not know of it. */
  readonly trace?: TrapTrace
}

/** A block as plain data. */
export interface PlainBlock {
  /** Its CID. */
  readonly link: Link
  /** What is hashed. */
  readonly bytes: Uint8Array
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
  /** Why it gave up, in the guest's words. */
  readonly message?: string
  /** The source file, as the compiler wrote it. */
  readonly file?: string
  /** The line, as the guest gave it. */
  readonly line: number
  /** The column, as the guest gave it. */
  readonly column: number
}

/** Where and why a guest trapped, as far as the module's own sections tell. */
export interface TrapDetails extends TrapTrace {
  /** The function, its name if one is known, and how many bytes after the beginning of its body the instruction stands. */
  readonly function?: {
    /** Its index in the module, imported functions included. */
    readonly index: number
    /** From the name section, or an export. */
    readonly name?: string
    /** In bytes from the beginning of its body. */
    readonly offset: number
  }
  /** From debug information (DWARF); lines and columns count from 1. */
  readonly source?: {
    /** As the compiler wrote it. */
    readonly file: string
    /** From 1. */
    readonly line: number
    /** From 1. */
    readonly column?: number
  }
}

// ── Receipt ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What came out of a task under a profile and limits. Running it again reproduces it byte for byte. */
export interface Receipt {
  /** The task that was run. */
  readonly ran: CID
  /** The result, the rejection or the trap. */
  readonly out: Out
  /** Under which rules and limits it ran, and what it took. */
  readonly meta: {
    /** The profile's document. */
    readonly profile: CID
    /** The limits under which it ran. */
    readonly limits: RunLimits
    /** Gas used: the limit if it ran out, and 0 for a rejection. */
    readonly gasUsed: bigint
    /** Greatest size of the memory, in pages of 64 KiB; 0 for a rejection and when gas ran out. */
    readonly peakPages: number
    /** True if the limit on pages refused memory that the guest would otherwise have had. */
    readonly growRefused: boolean
    /** Absent if nothing was logged. */
    readonly logs?: Uint8Array | CID
  }
}

// ── Verdict ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A field in which a claim and its re-execution differ, as a path into the receipt. */
export interface Mismatch {
  /** The path of the field, such as `out.ok[0]`, `out.ok.stdout`, `out.ok["a b"]` or `meta.gasUsed`. */
  readonly field: string
  /** What the claim says; `null` if it says nothing there. */
  readonly claimed: unknown
  /** What re-execution gave, or what was expected; `null` for nothing. */
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

/** The reason why a verifier does not check a claim: unexpected task or limits, an untrusted profile, or too much gas or memory. */
export type UndecidedReason = 'task' | 'profile' | 'limits' | 'gas' | 'pages'
