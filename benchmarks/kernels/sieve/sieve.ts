// Primes below n by the sieve of Eratosthenes, a byte for each number: how many there are.

export function run(n: i32): i32 {
  const composite = new StaticArray<bool>(n)
  let count = 0
  for (let i = 2; i < n; i++) {
    if (composite[i]) continue
    count++
    for (let j = <i64>i * i; j < n; j += i) composite[<i32>j] = true
  }
  return count
}
