/**
 * The simplest form of metering, for comparison. It edits the bytes, and inserts code before every basic block. It does
 * not consider traps.
 */
import type { Schedule } from '../../src/interface-profile.ts'
import { Cursor } from '../../src/wasm/code.ts'
import { OP } from '../../src/wasm/instructions.ts'
import type { Body, Module } from '../../src/wasm/module.ts'
import { section, sections, signed, unsigned, withEntry, type Bytes } from './binary.ts'

/** The code for each basic block, and the function or global that it needs. These are added after the existing ones. */
export interface Injection {
  /** Code that charges the price of a block, and leaves the operand stack unchanged. */
  readonly charge: (price: number) => Bytes
  /** A function without results: the entry for the type section, and the body. */
  readonly fn?: { readonly type: Bytes; readonly body: Bytes }
  /** A global, as an entry of the global section, and the name under which it is exported. */
  readonly global?: { readonly entry: Bytes; readonly name: string }
}

const ID = { type: 1, function: 3, global: 6, export: 7, code: 10 } as const

/** The module with the injected code. */
export function inject(module: Module, schedule: Schedule, { charge, fn, global }: Injection): Uint8Array {
  const contents = sections(module)
  const bodies = module.bodies.map(body => sized(metered(module, body, schedule, charge)))
  if (fn !== undefined) {
    contents.set(ID.type, withEntry(contents.get(ID.type), fn.type))
    contents.set(ID.function, withEntry(contents.get(ID.function), unsigned(module.types.length)))
    bodies.push(sized(fn.body))
  }
  contents.set(ID.code, [...unsigned(bodies.length), ...bodies.flat()])
  if (global !== undefined) {
    contents.set(ID.global, withEntry(contents.get(ID.global), global.entry))
    const name = [...new TextEncoder().encode(global.name)]
    contents.set(ID.export, withEntry(contents.get(ID.export), [...sized(name), 3, ...unsigned(module.globals.length)]))
  }
  // The data count section (12) comes before the code. All others are in the order of their ids.
  const order = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11]
  const present = order.flatMap(id => (contents.has(id) ? [section(id, contents.get(id)!)] : []))
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...present.flat()])
}

function sized(bytes: Bytes): number[] {
  return [...unsigned(bytes.length), ...bytes]
}

/** Instructions that end a basic block. */
const ENDS: ReadonlySet<number> = new Set([
  OP.loop,
  OP.if,
  OP.else,
  OP.end,
  OP.br,
  OP.brIf,
  OP.brTable,
  OP.return,
  OP.unreachable,
  OP.returnCall,
  OP.returnCallIndirect,
])

function metered(module: Module, body: Body, schedule: Schedule, charge: Injection['charge']): number[] {
  const code: number[] = [...module.bytes.subarray(body.start, body.code)]
  const cursor = new Cursor(module.bytes, body.code)
  let [from, price] = [body.code, 0]
  while (cursor.pos < body.end) {
    const instruction = cursor.next()
    price += schedule.instructions[instruction.price]
    if (!ENDS.has(instruction.code)) continue
    if (price > 0) code.push(...charge(price))
    for (let at = from; at < cursor.pos; at++) code.push(module.bytes[at]!)
    from = cursor.pos
    price = 0
  }
  return code
}

/** An injection with a mutable global that counts down from `gas`. Each charge checks it. */
export function globalCounter(module: Module, name: string, gas: bigint): Injection {
  const index = unsigned(module.globals.length)
  const [get, set] = [
    [OP.globalGet, ...index],
    [OP.globalSet, ...index],
  ]
  const [i64Sub, i64LtS, none] = [0x7d, 0x53, 0x40]
  return {
    charge: price => [
      ...get,
      OP.i64Const,
      ...signed(price),
      i64Sub,
      ...set,
      ...get,
      OP.i64Const,
      0,
      i64LtS,
      OP.if,
      none,
      OP.unreachable,
      OP.end,
    ],
    global: { entry: [0x7e, 1, OP.i64Const, ...signed(gas), OP.end], name },
  }
}

/**
 * An injection that calls an added function with the price as an i32. The function is a placeholder, and does nothing.
 */
export function chargeByCall(module: Module): Injection {
  return {
    charge: price => [OP.i32Const, ...signed(price), OP.call, ...unsigned(module.functions.length)],
    fn: { type: [0x60, 1, 0x7f, 0], body: [0, OP.end] },
  }
}
