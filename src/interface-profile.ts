/** The profile: the rules under which a module is admitted and run. Types only. */

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
  /** Bytes of all byte strings and texts that a call results in, and of all that are passed to it; text counts as UTF-8. */
  readonly valueBytes: number
  /** Levels of lists and maps in one value that a call results in, and in one that is passed to it. */
  readonly valueDepth: number
  /** Longest result or log that stands in the receipt itself, in bytes; a longer one is linked (docs/spec/receipt.md, RECEIPT-12). */
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
