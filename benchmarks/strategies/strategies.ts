/** The strategies of metering a module. All are compared with the first one, the bare module. */
import type { AdmittedModule } from '../../src/admission/admit.ts'
import { EXPORT, METER } from '../../src/instrument/edit/globals.ts'
import { loadBinaryen } from '../../src/instrument/binaryen/port.ts'
import { instrumentFor } from '../../src/instrument/instrument.ts'
import { MODES, type Mode } from '../../src/instrument/modes.ts'
import type { Variant } from '../guest.ts'
import { chargeByCall, globalCounter, inject } from './inject.ts'
import { meterLegacy } from './legacy.ts'

export interface Strategy {
  readonly name: string
  readonly title: string
  /** The colour in plots. */
  readonly colour: string
  /** Makes the module in this form, or returns the reason why there is none. */
  make(admitted: AdmittedModule): Promise<Variant | string>
}

const GAS = 2n ** 62n
const MAX_PAGES = 65_536

export const STRATEGIES: readonly Strategy[] = [
  {
    name: 'bare',
    title: 'bare',
    colour: '#888888',
    make: async ({ module }) => ({ bytes: module.bytes, instrumented: false }),
  },
  {
    name: 'control',
    title: 'binaryen round trip',
    colour: '#bbbbbb',
    make: async ({ module }) => ({ bytes: await roundTrip(module.bytes), instrumented: false }),
  },
  { name: 'fast', title: 'ipvm-wasm, fast', colour: '#0b7a75', make: admitted => ours(admitted, MODES.fast) },
  {
    name: 'steady',
    title: 'ipvm-wasm, after a NaN',
    colour: '#7fb7be',
    make: admitted => ours(admitted, MODES.steady),
  },
  { name: 'precise', title: 'ipvm-wasm, precise', colour: '#7a5195', make: admitted => ours(admitted, MODES.precise) },
  { name: 'counter', title: 'global counter', colour: '#ef8a17', make: counter },
  { name: 'host', title: 'host call per block', colour: '#c1292e', make: hostCall },
  {
    name: 'legacy',
    title: 'wasm-metering 0.2.1',
    colour: '#5f0f40',
    async make({ module }) {
      const bytes = meterLegacy(module.bytes)
      return typeof bytes === 'string' ? bytes : counted(bytes, 'metering', 'usegas')
    },
  },
]

/** The module after binaryen has read and written it, without any change. */
export async function roundTrip(bytes: Uint8Array): Promise<Uint8Array> {
  const binaryen = await loadBinaryen()
  const ir = binaryen.read(bytes)
  try {
    return binaryen.write(ir)
  } finally {
    binaryen.raw.ModuleDispose(ir)
  }
}

/** Our instrumentation in full: gas, bounds on stack and memory, canonical NaNs. */
export async function ours(admitted: AdmittedModule, mode: Mode): Promise<Variant> {
  const bytes = await instrumentFor(admitted, mode)
  return {
    bytes,
    instrumented: true,
    imports: () => ({ ipvm: { log: () => {} } }),
    arm(exports) {
      global(exports, METER.gas).value = GAS
      if (exports[METER.pages] !== undefined) global(exports, METER.pages).value = MAX_PAGES
      // Instrumentation exports the start function, so that its gas can be counted.
      const start = exports[EXPORT.start] as (() => void) | undefined
      start?.()
    },
    gas: exports => GAS - (global(exports, METER.gas).value as bigint),
  }
}

const COUNTER = 'benchmark gas'

/** Metering of gas only, by a global counter. */
async function counter({ module, profile }: AdmittedModule): Promise<Variant> {
  return {
    bytes: inject(module, profile.schedule, globalCounter(module, COUNTER, GAS)),
    instrumented: false,
    gas: exports => GAS - (global(exports, COUNTER).value as bigint),
  }
}

/**
 * Metering of gas only, by calls of the host. Calls of a placeholder function at the end are injected. Then binaryen
 * replaces it by an import, and renumbers all functions.
 */
async function hostCall({ module, profile }: AdmittedModule): Promise<Variant> {
  const binaryen = await loadBinaryen()
  const { raw } = binaryen
  const ir = binaryen.read(inject(module, profile.schedule, chargeByCall(module)))
  try {
    const name = raw.FunctionGetName(raw.GetFunctionByIndex(ir, module.functions.length))
    raw.RemoveFunction(ir, name)
    const words = ['benchmark', 'charge'].map(word => cString(binaryen.malloc, binaryen.store32, word))
    raw.AddFunctionImport(ir, name, words[0]!, words[1]!, raw.TypeInt32(), raw.TypeNone())
    words.forEach(binaryen.free)
    return counted(binaryen.write(ir), 'benchmark', 'charge')
  } finally {
    raw.ModuleDispose(ir)
  }
}

/** A variant that adds up the arguments of a host function. A double can represent the gas of every kernel exactly. */
function counted(bytes: Uint8Array, module: string, name: string): Variant {
  let used = 0
  const charge = (price: number): void => void (used += price)
  return {
    bytes,
    instrumented: false,
    imports() {
      used = 0
      return { [module]: { [name]: charge } }
    },
    gas: () => BigInt(used),
  }
}

function global(exports: WebAssembly.Exports, name: string): WebAssembly.Global {
  return exports[name] as WebAssembly.Global
}

/** Passes ASCII text to binaryen as a C string, of which binaryen makes a copy. */
function cString(
  malloc: (bytes: number) => number,
  store32: (at: number, value: number) => void,
  letters: string,
): number {
  const at = malloc(4 * letters.length + 4)
  for (let i = 0; i <= letters.length; i += 4) {
    const code = (n: number): number => (n < letters.length ? letters.charCodeAt(n) : 0)
    store32(at + i, code(i) | (code(i + 1) << 8) | (code(i + 2) << 16) | (code(i + 3) << 24))
  }
  return at
}
