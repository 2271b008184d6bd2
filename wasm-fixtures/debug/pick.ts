/** Calls `abort` with a message and a place in this file, as an assertion of AssemblyScript does. */
export function pick(index: i32): i32 {
  const list = [10, 20, 30]
  assert(index < list.length, "no such element")
  return list[index]
}
