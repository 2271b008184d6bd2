// Finds patterns in a text of n bytes by the method of Boyer, Moore and Horspool: the sum of all places where one begins.

function letters(n: i32, seed: u32): StaticArray<u8> {
  const text = new StaticArray<u8>(n)
  let state = seed
  for (let i = 0; i < n; i++) {
    state = state * 1664525 + 1013904223
    text[i] = <u8>(97 + (state >> 30))
  }
  return text
}

function findAll(text: StaticArray<u8>, pattern: StaticArray<u8>): u32 {
  const length = pattern.length
  const shifts = new StaticArray<i32>(256).fill(length)
  for (let i = 0; i < length - 1; i++) shifts[pattern[i]] = length - 1 - i
  let sum: u32 = 0
  let at = 0
  while (at <= text.length - length) {
    let i = length - 1
    while (i >= 0 && text[at + i] == pattern[i]) i--
    if (i < 0) sum = sum * 31 + at
    at += shifts[text[at + length - 1]]
  }
  return sum
}

export function run(n: i32): u32 {
  const text = letters(n, 1)
  let sum: u32 = 0
  for (let length = 2; length < 12; length++) sum ^= findAll(text, letters(length, length))
  return sum
}
