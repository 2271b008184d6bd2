/** The same results, computed without a Forth. */
import type { Expected } from '../expected.ts'
import { bytesCall, fileCall, utf8 } from './common.ts'

function fibonacci(n: number): number {
  let [a, b] = [0, 1]
  for (let i = 0; i < n; i++) [a, b] = [b, a + b]
  return a
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}

function primes(limit: number): number[] {
  const found: number[] = []
  for (let n = 2; n < limit; n++) if (!found.some(p => p * p <= n && n % p === 0)) found.push(n)
  return found
}

/** What inputs/primes.forth prints; A(2, n) is 2n + 3. */
function primeReport(): string {
  const list = primes(20000)
  const gaps = list.slice(1).map((p, i) => p - list[i]!)
  const facts = [
    ['primes', list.length], ['last', list.at(-1)], ['largest gap', Math.max(...gaps)], ['ackermann 2 9', 2 * 9 + 3],
  ]
  return facts.map(([what, value]) => `${what}: ${value} \n`).join('')
}

const WRONG: readonly [string, string][] = [
  ['1 2 frob', 'error: unknown word: frob\n'],
  ['." so far " 1 0 /', 'so far error: division by zero\n'],
  ['+', 'error: stack too short\n'],
  [': forever recurse ; forever', 'error: calls too deep\n'],
  [': grow begin 1 0 until ; grow', 'error: stack too long\n'],
  ['if', 'error: unfinished at the end\n'],
  ['then', 'error: no opening word: then\n'],
  ['70000 @', 'error: bad address\n'],
]

function programs(): readonly [string, string][] {
  return [
    ['', ''],
    ['2 3 + . ." hello" cr', '5 hello\n'],
    [': fib dup 2 < if exit then dup 1 - recurse swap 2 - recurse + ;  15 fib .', `${fibonacci(15)} `],
    [': gcd begin dup while swap over mod repeat drop ;  462 1071 gcd .', `${gcd(462, 1071)} `],
    [': stars 0 do 42 emit loop ;  4 1 do i stars cr loop', '*\n**\n***\n'],
    [': table 4 1 do 4 1 do i j * . loop cr loop ;  table', '1 2 3 \n2 4 6 \n3 6 9 \n'],
    ['9223372036854775807', ''],
    ['1 63 lshift dup . -1 / .  -7 2 / .  -7 2 mod .', `${-(2n ** 63n)} ${-(2n ** 63n)} -3 -1 `],
    ['variable x  5 x !  x @ x @ * .  \\ squared\n ( and no more )', '25 '],
    ['1 2 3 rot . . .  1 2 nip .  7 8 9 2 pick . depth .', '1 3 2 2 7 3 '],
  ]
}

export function forth(): Expected {
  const calls = [...programs(), ...WRONG].map(([source, answer]) => bytesCall('run', [utf8(source)], utf8(answer)))
  return { abi: 'bytes', calls, files: [fileCall('run', 'primes.forth', utf8(primeReport()))] }
}
