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
  /** Whether the block is there. */
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

// ── Profile ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A language feature that a profile accepts or not. `core-1` is WebAssembly 1.0 and always accepted. */
export type Feature =
  | 'mutable-globals'
  | 'sign-extension'
  | 'saturating-conversions'
  | 'multi-value'
  | 'bulk-memory'
  | 'reference-types'
  | 'simd'
  | 'tail-calls'

/** An import that a profile provides. Whatever a profile does not grant is denied. */
export interface Grant {
  /** The module of the import, as in `env`. */
  readonly module: string
  /** The name of the import in that module. */
  readonly name: string
  /** Value types of parameters and results in the notation of the instruction table, as `ii:` for `(i32, i32) → ()`. No references. */
  readonly type: string
  /**
   * What the import does, as the id of a definition and its version, such as `ipvm/log@1`. The list is open: a host has host
   * functions by these ids, and a profile may name one that a certain host lacks.
   */
  readonly semantics: string
  /** What a call may come to beside results, traps and charges; each at most once. */
  readonly may: readonly Ability[]
  /** What a call costs, in gas, beyond the calling instruction. */
  readonly price: GrantPrice
}

/** `end-run`: the import may end the run with a result. `call-guest`: it may call functions that the guest exports. */
export type Ability = 'end-run' | 'call-guest'

/** `flat` for each call, and `perUnit` for each unit of its work. Both are charged before the work is done. */
export interface GrantPrice extends ScaledPrice {
  /**
   * The index of an i32 parameter that counts the units, read as unsigned. Without it the host function itself says how many
   * units there are, before it does them.
   */
  readonly unit?: number
}

/** Bounds that a module must keep to be admitted, and bounds of its run. Each names its unit. */
export interface Limits {
  /** Bytes of the module that are not in custom sections. */
  readonly moduleBytes: number
  /** Bytes of the module, custom sections included. */
  readonly totalBytes: number
  /** Entries of the type section. */
  readonly types: number
  /** Parameters of one function type. */
  readonly params: number
  /** Results of one function type. */
  readonly results: number
  /** Imports. */
  readonly imports: number
  /** Functions, imported ones included. */
  readonly functions: number
  /** Tables. */
  readonly tables: number
  /** Slots of any one table, at any time. */
  readonly tableSlots: number
  /** Globals. */
  readonly globals: number
  /** Exports. */
  readonly exports: number
  /** 8-byte words of parameters and results of the exported functions that can be called from outside (PROFILE-24). */
  readonly exportedWords: number
  /** Bytes of one import or export name. */
  readonly nameBytes: number
  /** Element segments. */
  readonly elementSegments: number
  /** References in all element segments. */
  readonly elements: number
  /** Data segments. */
  readonly dataSegments: number
  /** Bytes of one function body. */
  readonly bodyBytes: number
  /** Locals of one function, parameters included. */
  readonly locals: number
  /** Parameters of all functions and locals declared by all bodies, in 8-byte words. */
  readonly totalLocalWords: number
  /** Depth of the tree that the code of one body is read as, in levels (docs/spec/profile.md, PROFILE-10). */
  readonly treeDepth: number
  /** Greatest height of the operand stack, in values. */
  readonly operandHeight: number
  /** Targets of one br_table, the default included. */
  readonly branchTargets: number
  /** Targets of all br_tables of a module. */
  readonly totalBranchTargets: number
  /** Values that engines keep for the blocks of all bodies while they compile them (docs/spec/profile.md, PROFILE-23). */
  readonly keptValues: number
  /** Loops of one function body that take parameters. */
  readonly parameterLoops: number
  /** Values that the code of all bodies carries in company (docs/spec/profile.md, PROFILE-10). */
  readonly carriedValues: number
  /** Weight of all frames that are active at once, in 8-byte words. */
  readonly stackWords: number
  /** What a call of the guest by a host function weighs beside its frames, in 8-byte words (docs/spec/profile.md, PROFILE-26). */
  readonly reentryWords: number
  /** Bytes of logs that are kept; what comes later is dropped. */
  readonly logBytes: number
  /** Bytes of one byte string or text that a call results in, and of all that are passed to it; text counts as UTF-8. */
  readonly valueBytes: number
  /** Longest result or log that stands in the receipt itself; a longer one becomes a linked block. */
  readonly inlineBytes: number
}

/** What the instructions of a class cost, in gas. */
export type PriceClass =
  | 'free'
  | 'local'
  | 'constant'
  | 'plain'
  | 'global'
  | 'select'
  | 'load'
  | 'store'
  | 'multiply'
  | 'divide'
  | 'floatArithmetic'
  | 'floatDivide'
  | 'convert'
  | 'branch'
  | 'branchTable'
  | 'call'
  | 'callIndirect'
  | 'size'
  | 'table'
  | 'bulk'
  | 'grow'
  | 'vector'
  | 'vectorFloat'
  | 'vectorFloatDivide'
  | 'vectorMultiply'
  | 'reference'

/** `flat` once and `perUnit` for each unit of an operand. */
export interface ScaledPrice {
  /** Gas for each time. */
  readonly flat: number
  /** Gas for each unit of the operand, as a byte or a slot. */
  readonly perUnit: number
}

/**
 * The gas schedule: every price there is. Integers from 0 to 2²⁰, those of `instantiation` to 2²⁷. The unit is explained in
 * docs/spec/gas.md.
 */
export interface Schedule {
  /** Gas of one instruction, by its class. */
  readonly instructions: Readonly<Record<PriceClass, number>>
  /** Beyond the price of their class, the bulk instructions pay for each unit of their size operand. */
  readonly bulk: Readonly<{
    /** `memory.fill`, per byte. */
    memoryFill: number
    /** `memory.copy`, per byte. */
    memoryCopy: number
    /** `memory.init`, per byte. */
    memoryInit: number
    /** `table.fill`, per slot. */
    tableFill: number
    /** `table.copy`, per slot. */
    tableCopy: number
    /** `table.init`, per slot. */
    tableInit: number
    /** `memory.grow`, per page that is granted. */
    memoryGrow: number
    /** `table.grow`, per slot that is granted. */
    tableGrow: number
  }>
  /** Entering a function, and each 8-byte word of locals that its body declares. */
  readonly entry: ScaledPrice
  /** Preparing a module to run. */
  readonly instantiation: Readonly<{
    /** Once for each module. */
    flat: number
    /** Per byte of the module that is not in a custom section. */
    perByte: number
    /** Per byte of its custom sections. */
    perCustomByte: number
    /** Per function that the module defines. */
    perFunction: number
    /** Per page that the memory starts with. */
    perPage: number
    /** Per slot that the tables start with. */
    perSlot: number
    /** Per active segment of data or elements. */
    perSegment: number
    /** Per global. */
    perGlobal: number
    /** Per 8-byte word of parameters and declared locals, of all functions that it defines. */
    perLocalWord: number
    /** Per target of a br_table. */
    perBranchTarget: number
    /** Per value that code carries in company (docs/spec/profile.md, PROFILE-10). */
    perCarriedValue: number
    /** Per value that blocks keep (docs/spec/profile.md, PROFILE-23). */
    perKeptValue: number
    /** Per 8-byte word that exported functions take and give (docs/spec/profile.md, PROFILE-24). */
    perExportedWord: number
  }>
  /** Work that the host does for the guest: moving arguments, results and logs. */
  readonly host: ScaledPrice
}

/** One id selects every rule. A profile is frozen, content-addressed data; its CID stands in every receipt. */
export interface Profile {
  /** The name of the profile and its version, such as `ipvm-wasm/1-draft`. */
  readonly id: string
  /** The features that modules may use, beyond WebAssembly 1.0. */
  readonly features: readonly Feature[]
  /** The imports that modules may have. */
  readonly grants: readonly Grant[]
  /** What one denied import does: rejects the module, or is linked to a trap. */
  readonly denied: 'reject' | 'trap-on-call'
  /** The bounds of modules and of their runs. */
  readonly limits: Limits
  /** The prices. */
  readonly schedule: Schedule
}

// ── Task ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A parameter of a task: integers, byte strings (also floats and vectors, little-endian), text, and links to bytes. */
export type Param = bigint | Uint8Array | string | CID

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
    /** The parameters in their order. A CID stands for the bytes that it names. */
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

/** What a guest returns: a list of numbers (`core`), bytes or a link to them, text, an integer, or nothing. */
export type Result = readonly (bigint | Uint8Array)[] | Uint8Array | CID | string | bigint | null

/** What came out. */
export type Out<R = Result> = { readonly ok: R } | { readonly error: Rejection | Trap }

/** What running a function of an admitted module under limits came to, before anything is linked or encoded. */
export interface Outcome {
  /** What the function gave, or why it gave nothing. */
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
    /** Whether the limit on pages refused memory that the guest would otherwise have had. */
    readonly growRefused: boolean
    /** Absent if nothing was logged. */
    readonly logs?: Uint8Array | CID
  }
}

// ── Verdict ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A field in which a claim and its re-execution differ, as a path into the receipt. */
export interface Mismatch {
  /** The path of the field, such as `out.ok[0]` or `meta.gasUsed`. */
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

/** What keeps a verifier from judging a claim: a task or limits that were not expected, a profile not trusted, too much gas or memory. */
export type UndecidedReason = 'task' | 'profile' | 'limits' | 'gas' | 'pages'
