import wabt from 'wabt'

/** Everything that wabt knows, so that modules beyond the profile can be written down, too. */
const FEATURES = {
  exceptions: true, mutable_globals: true, sat_float_to_int: true, sign_extension: true, simd: true, threads: true,
  multi_value: true, tail_call: true, bulk_memory: true, reference_types: true, memory64: true, extended_const: true,
  relaxed_simd: true, multi_memory: true,
} as const

let loaded: ReturnType<typeof wabt> | undefined

/**
 * The binary form of a module in text form. It is parsed and its names are resolved, but it is not validated, so that
 * invalid modules can be written down as well. Throws wabt's `Error` if the text does not parse.
 */
export async function assemble(watText: string): Promise<Uint8Array> {
  loaded ??= wabt()
  const module = (await loaded).parseWat('module.wat', watText, FEATURES)
  try {
    module.resolveNames()
    return new Uint8Array(module.toBinary({ write_debug_names: false }).buffer)
  } finally {
    module.destroy()
  }
}

/**
 * The bytes of annotated hex: pairs of digits apart from each other, `;;` starts a comment that ends with its line.
 * Throws `Error` on anything else.
 */
export function parseHex(text: string): Uint8Array {
  const words = text.replace(/;;.*$/gm, '').split(/\s+/).filter(word => word !== '')
  const wrong = words.find(word => !/^[0-9a-fA-F]{2}$/.test(word))
  if (wrong !== undefined) throw new Error(`not a byte in hex: ${wrong}`)
  return Uint8Array.from(words, word => Number.parseInt(word, 16))
}

/** What a fixture says about itself in comment lines `;; <name>: <words>`. */
export interface Directives {
  /** `expect: <code> <subject or ->`, `expect: trap <code>` or `expect: ok <values>`: the words. */
  readonly expect: readonly string[]
  /** `run: <export> <arguments>`: what to call. Absent where nothing is run. */
  readonly run?: { readonly fun: string; readonly args: readonly string[] }
  /** `pages: <number>`: the limit on pages that the expectation needs. Absent where any that suffices will do. */
  readonly pages?: number
  /** `outcome: <words>`: what the call of an admitted module comes to, in the folder `admission`. */
  readonly outcome?: readonly string[]
}

/** Reads the directives of a `.wat` or `.hex` text. Throws `Error` if there is no `expect`. */
export function parseDirectives(text: string): Directives {
  const words = (name: string): string[] | undefined =>
    new RegExp(`^;; ${name}: *(.*)$`, 'm').exec(text)?.[1]!.trim().split(/\s+/)
  const [expect, run, pages, outcome] = [words('expect'), words('run'), words('pages'), words('outcome')]
  if (expect === undefined) throw new Error('no line ";; expect: …"')
  return {
    expect,
    ...(run && { run: { fun: run[0]!, args: run.slice(1) } }),
    ...(pages && { pages: Number(pages[0]) }),
    ...(outcome && { outcome }),
  }
}
