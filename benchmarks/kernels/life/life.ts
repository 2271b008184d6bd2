// Conway's game of life on a torus of 256×256 bytes: how many cells live after so many generations.

const SIDE = 256
const BITS = 8

let now = new StaticArray<u8>(SIDE * SIDE)
let next = new StaticArray<u8>(SIDE * SIDE)

function step(): void {
  for (let row = 0; row < SIDE; row++) {
    const above = ((row - 1) & (SIDE - 1)) << BITS
    const here = row << BITS
    const below = ((row + 1) & (SIDE - 1)) << BITS
    for (let column = 0; column < SIDE; column++) {
      const left = (column - 1) & (SIDE - 1)
      const right = (column + 1) & (SIDE - 1)
      const around =
        now[above + left] +
        now[above + column] +
        now[above + right] +
        now[here + left] +
        now[here + right] +
        now[below + left] +
        now[below + column] +
        now[below + right]
      next[here + column] = <u8>(around == 3 || (around == 2 && now[here + column] == 1))
    }
  }
  const kept = now
  now = next
  next = kept
}

export function run(generations: i32): i32 {
  let state: u32 = 42
  for (let i = 0; i < SIDE * SIDE; i++) {
    state = state * 1664525 + 1013904223
    now[i] = <u8>(state >> 30 == 0)
  }
  for (let i = 0; i < generations; i++) step()
  let living = 0
  for (let i = 0; i < SIDE * SIDE; i++) living += now[i]
  return living
}
