// Ways to put n queens on an n×n board, by recursion over rows with bits for columns and diagonals.

function place(all: u32, columns: u32, left: u32, right: u32): i32 {
  if (columns == all) return 1
  let ways = 0
  let free = all & ~(columns | left | right)
  while (free) {
    const queen = free & -free
    free ^= queen
    ways += place(all, columns | queen, (left | queen) << 1, (right | queen) >> 1)
  }
  return ways
}

export function run(n: i32): i32 {
  return place((1 << n) - 1, 0, 0, 0)
}
