/**
 * The vocabulary of ipvm-wasm, in the order in which data flows through it. Types only.
 *
 *   CID ─load→ bytes ─admit→ AdmittedModule ─instrument→ InstrumentedModule ─run→ Outcome ─→ Receipt ─verify→ Verdict
 */
import type { CID } from 'multiformats/cid'

// ── Content ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Options of an operation that can be given up. */
export interface Abortable {
  /** When it fires, the operation ends with the fault `aborted`, or `timeout` for `AbortSignal.timeout`. */
  readonly signal?: AbortSignal | undefined
}

/**
 * A block store: the methods of `interface-blockstore` that this project calls. Any store with these methods can be used. Blocks
 * that `get` returns are not trusted: each is verified by its hash before use.
 */
export interface BlockStore {
  /** Returns the bytes of a block. Throws, or returns nothing, if the store does not have it. */
  get(cid: CID, options?: Abortable): BlockBytes | Promise<BlockBytes>
  /** Stores the bytes of a block under its CID. */
  put(cid: CID, bytes: Uint8Array, options?: Abortable): CID | Promise<CID>
  /** Returns true if the store has the block. */
  has(cid: CID, options?: Abortable): boolean | Promise<boolean>
  /**
   * Stores blocks in an order: if the store has one of them, it has all before it, also after a crash. A store need not have this
   * method. Then blocks are put one after the other.
   */
  putInOrder?(blocks: readonly Block[], options?: Abortable): void | Promise<void>
}

/** The answer of a store: the bytes of a block, or a stream of them. */
export type BlockBytes = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** A block with its CID. */
export interface Block {
  /** The CID, which names the bytes by their hash. */
  readonly cid: CID
  /** The bytes of the block. */
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

/** A parameter of a task. The ABI decides which values it accepts, and what a link in them stands for. */
export type Param = Value

/** A task: a call of a function of a module. It does not depend on who runs it, or under which limits. */
export interface Task {
  /** The command, as in UCAN. */
  readonly cmd: '/wasm/run'
  /** The module, the function and the parameters. */
  readonly args: {
    /** The module: a raw block or a UnixFS file. */
    readonly mod: CID
    /** The name of the exported function. */
    readonly fun: string
    /** The parameters in order. In all present ABIs, a CID stands for the bytes that it names. */
    readonly params: readonly Param[]
    /** The ABI, by which parameters and results cross: `core`, `bytes`, `wasi`, or an `assemblyscript(…)->…` signature. */
    readonly abi: string
  }
  /** Empty, so that equal calls are the same task. */
  readonly nonce: Uint8Array
}

/** The limits of a run, which the requestor sets. They are not part of the task. */
export interface RunLimits {
  /** The greatest amount of gas, 0 to 2⁶². */
  readonly gas: bigint
  /** The greatest size of the guest's memory in pages of 64 KiB, 0 to 65 536. */
  readonly pages: number
}

// ── Outcome ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The reason of a rejection. The rules are in docs/spec/profile.md and docs/spec/receipt.md. */
export type RejectionCode =
  'malformed' | 'invalid' | 'feature' | 'import' | 'limit' | 'reserved-name' | 'no-such-function' | 'bad-arguments'

/** The reason of a trap. It is raised by the module's code, or by a bound of the profile or the limits. */
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

/** A module or a call that the profile does not accept. It is a value, and part of a receipt. */
export interface Rejection {
  /** Tells a rejection from a trap. */
  readonly kind: 'rejection'
  /** The reason. */
  readonly code: RejectionCode
  /** The subject of the reason: the name of an import, a feature, or a limit. */
  readonly subject?: string
  /** The offset in the module, in bytes. Absent if the rejection concerns the call. */
  readonly offset?: number
}

/** A guest that failed by the rules of WebAssembly or by a bound. It is a value, and part of a receipt. */
export interface Trap {
  /** Tells a trap from a rejection. */
  readonly kind: 'trap'
  /** The reason. */
  readonly code: TrapCode
}

/** One reason for which admission rejects a module. Receipts do not contain the detail, which is for people. */
export interface Finding extends Rejection {
  /** The offset in the module, in bytes. */
  readonly offset: number
  /** A description for people. */
  readonly detail: string
}

/**
 * The result of a task, as its ABI defines it: a list of numbers (`core`), bytes, text, an integer, nothing, or another value. In
 * a receipt, a part that is too long is replaced by a link: to a file with the bytes or the text, or to a block of dag-cbor.
 */
export type Result = Value

/** A result, or the rejection or trap in its place. */
export type Out<R = Result> = { readonly ok: R } | { readonly error: Rejection | Trap }

/** The outcome of a run, before results are linked or encoded. */
export interface Outcome {
  /** The result, the rejection or the trap. */
  readonly out: Out<PlainValue>
  /** The gas used: the limit if it ran out, and 0 for a rejection. */
  readonly gasUsed: bigint
  /** The greatest size of the memory in pages of 64 KiB; 0 for a rejection and if gas ran out. */
  readonly peakPages: number
  /** True if the limit on pages refused a growth of the memory, or the memory that the module declares. */
  readonly growRefused: boolean
  /** The bytes that the guest wrote to sinks. */
  readonly logs: Uint8Array
  /** The blocks of the files that a program has left. The result links to them. */
  readonly blocks?: readonly PlainBlock[]
  /** The position of a trap in the guest's own code, unless it is out-of-gas. For people; not part of receipts and verdicts. */
  readonly trace?: TrapTrace
}

/** A block as plain data. */
export interface PlainBlock {
  /** Its CID. */
  readonly link: Link
  /** Its bytes. */
  readonly bytes: Uint8Array
}

/** The position at which a guest trapped. */
export interface TrapTrace {
  /** The offset in the module, in bytes, of the instruction that trapped, or that called the host function that trapped. */
  readonly offset: number
  /** The arguments of `env.abort`, as AssemblyScript calls it. */
  readonly abort?: AbortCall
}

/** A message and a position in source code. A text that cannot be read from the guest's memory is absent. */
export interface AbortCall {
  /** The guest's message. */
  readonly message?: string
  /** The name of the source file, as the compiler wrote it. */
  readonly file?: string
  /** The line, as the guest passed it. */
  readonly line: number
  /** The column, as the guest passed it. */
  readonly column: number
}

/** The position of a trap in functions and source code, as far as the module's custom sections contain it. */
export interface TrapDetails extends TrapTrace {
  /** The function that contains the instruction. */
  readonly function?: {
    /** Its index in the module, imported functions included. */
    readonly index: number
    /** Its name, from the name section or from an export. */
    readonly name?: string
    /** The offset of the instruction in its body, in bytes. */
    readonly offset: number
  }
  /** The position in source code, from debug information (DWARF). */
  readonly source?: {
    /** The name of the file, as the compiler wrote it. */
    readonly file: string
    /** The line; the first one is 1. */
    readonly line: number
    /** The column; the first one is 1. */
    readonly column?: number
  }
}

// ── Receipt ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The receipt of a task under a profile and limits. Running the task again gives the same bytes. */
export interface Receipt {
  /** The task that was run. */
  readonly ran: CID
  /** The result, the rejection or the trap. */
  readonly out: Out
  /** The profile and limits of the run, and the gas and memory that it used. */
  readonly meta: {
    /** The CID of the profile. */
    readonly profile: CID
    /** The limits of the run. */
    readonly limits: RunLimits
    /** The gas used: the limit if it ran out, and 0 for a rejection. */
    readonly gasUsed: bigint
    /** Greatest size of the memory, in pages of 64 KiB; 0 for a rejection and when gas ran out. */
    readonly peakPages: number
    /** True if the limit on pages refused a growth of the memory, or the memory that the module declares. */
    readonly growRefused: boolean
    /** The logs; absent if there are none. */
    readonly logs?: Uint8Array | CID
  }
}

// ── Verdict ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A field in which a claim and its re-execution differ, as a path into the receipt. */
export interface Mismatch {
  /** The path of the field, such as `out.ok[0]`, `out.ok.stdout`, `out.ok["a b"]` or `meta.gasUsed`. */
  readonly field: string
  /** The value in the claim; `null` if there is none. */
  readonly claimed: unknown
  /** The value of the re-execution, or the expected value; `null` if there is none. */
  readonly reproduced: unknown
}

/**
 * The verdict on a claim. `reproduced`: running the task again gave the same receipt. `refuted`: it gave another one.
 * `undecided`: the claim was not checked, because the verifier does not expect it, does not trust it, or would exceed its bounds.
 */
export type Verdict = (
  | { readonly verdict: 'reproduced'; readonly mismatches: readonly [] }
  | { readonly verdict: 'refuted'; readonly mismatches: readonly Mismatch[] }
  | { readonly verdict: 'undecided'; readonly mismatches: readonly Mismatch[]; readonly reason: UndecidedReason }
) & {
  /** The `did:key` of who has signed the claim, if it came in an envelope. */
  readonly signer?: string
}

/** Why a verifier does not check a claim: unexpected signer, task or limits, an untrusted profile, too much gas or memory. */
export type UndecidedReason = 'signer' | 'task' | 'profile' | 'limits' | 'gas' | 'pages'
