/** The profile: the rules under which a module is admitted and run. Types only. */

/** A feature of WebAssembly that a profile may accept. WebAssembly 1.0 is always accepted. */
export type Feature =
  | 'mutable-globals'
  | 'sign-extension'
  | 'saturating-conversions'
  | 'multi-value'
  | 'bulk-memory'
  | 'reference-types'
  | 'simd'
  | 'tail-calls'

/** An import that a profile provides. All other imports are denied. */
export interface Grant {
  /** The module of the import, such as `env`. */
  readonly module: string
  /** The name of the import in that module. */
  readonly name: string
  /** The types of parameters and results in short form, such as `ii:` for `(i32, i32) → ()`. There are no references. */
  readonly type: string
  /**
   * The id of a definition of what the import does, with its version, such as `ipvm/log@1`. The list is open: hosts find their
   * host functions by these ids, and a profile may name one that some hosts lack.
   */
  readonly semantics: string
  /** The abilities of the host function besides returning results, trapping and charging. Each occurs at most once. */
  readonly may: readonly Ability[]
  /** The price of a call in gas, besides that of the calling instruction. */
  readonly price: GrantPrice
}

/** `end-run`: the import may end the run with a result. `call-guest`: it may call functions that the guest exports. */
export type Ability = 'end-run' | 'call-guest'

/** `flat` for each call, and `perUnit` for each unit of its work. Both are charged before the work is done. */
export interface GrantPrice extends ScaledPrice {
  /**
   * The index of an i32 parameter, read as unsigned, that is the number of units. If it is absent, the host function itself
   * charges for units before it works on them.
   */
  readonly unit?: number
}

/** The limits on modules and on their runs. Each names its unit. */
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
  /** Depth of the tree into which the code of one body is parsed, in levels (docs/spec/profile.md, PROFILE-10). */
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
  /** Carried values of all bodies: values that one instruction moves together (docs/spec/profile.md, PROFILE-10). */
  readonly carriedValues: number
  /** Weight of all frames that are active at once, in 8-byte words. */
  readonly stackWords: number
  /** Weight of a call of the guest by a host function, besides the frames of the guest, in 8-byte words (PROFILE-26). */
  readonly reentryWords: number
  /** Bytes of logs that are kept. Later logs are dropped. */
  readonly logBytes: number
  /** Bytes that the files and names that a program makes may take at any time (docs/spec/wasi.md, WASI-15). */
  readonly fileBytes: number
  /** Bytes of all byte strings and texts in the parameters of a call, and of those in its result. Text counts as UTF-8. */
  readonly valueBytes: number
  /** Levels of lists and maps in a parameter or result. */
  readonly valueDepth: number
  /** Bytes of a result or log in the receipt itself. A longer one is linked (docs/spec/receipt.md, RECEIPT-12). */
  readonly inlineBytes: number
}

/** The classes of instructions, each of which has a price. */
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

/** A price with a flat part and a part for each unit of work. */
export interface ScaledPrice {
  /** Gas for each execution. */
  readonly flat: number
  /** Gas for each unit, such as a byte or a slot. */
  readonly perUnit: number
}

/**
 * The schedule: all prices, in gas. Prices are integers from 0 to 2²⁰; those of `instantiation` go up to 2²⁷. docs/spec/gas.md
 * explains the unit.
 */
export interface Schedule {
  /** The price of an instruction, by its class. */
  readonly instructions: Readonly<Record<PriceClass, number>>
  /** The price of bulk instructions for each unit of their size operand, besides the price of their class. */
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
  /** The price of entering a function, and of each 8-byte word of locals that its body declares. */
  readonly entry: ScaledPrice
  /** The price of preparing a module. */
  readonly instantiation: Readonly<{
    /** Once for each module. */
    flat: number
    /** Per byte of the module that is not in a custom section. */
    perByte: number
    /** Per byte of its custom sections. */
    perCustomByte: number
    /** Per function that the module defines. */
    perFunction: number
    /** Per initial page of the memory. */
    perPage: number
    /** Per initial slot of the tables. */
    perSlot: number
    /** Per active segment of data or elements. */
    perSegment: number
    /** Per global. */
    perGlobal: number
    /** Per 8-byte word of parameters and declared locals, of all functions that it defines. */
    perLocalWord: number
    /** Per target of a br_table. */
    perBranchTarget: number
    /** Per carried value (docs/spec/profile.md, PROFILE-10). */
    perCarriedValue: number
    /** Per value that blocks keep (docs/spec/profile.md, PROFILE-23). */
    perKeptValue: number
    /** Per 8-byte word of parameters and results of exported functions (docs/spec/profile.md, PROFILE-24). */
    perExportedWord: number
  }>
  /** The price of the host's work for the guest: moving parameters, results and logs. */
  readonly host: ScaledPrice
}

/** A profile: all rules under one id. It is frozen, content-addressed data, and every receipt contains its CID. */
export interface Profile {
  /** The name of the profile and its version, such as `ipvm-wasm/1-draft`. */
  readonly id: string
  /** The features that modules may use, beyond WebAssembly 1.0. */
  readonly features: readonly Feature[]
  /** The imports that modules may have. */
  readonly grants: readonly Grant[]
  /** The treatment of denied imports: the module is rejected, or a call of the import traps. */
  readonly denied: 'reject' | 'trap-on-call'
  /** The bounds of modules and of their runs. */
  readonly limits: Limits
  /** The prices. */
  readonly schedule: Schedule
}
