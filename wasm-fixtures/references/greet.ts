/** In JavaScript, whose strings are AssemblyScript's. */
import type { Call, Expected } from '../expected.ts'
import { f64, noise, utf8 } from './common.ts'

function caesar(text: string, by: number): string {
  const turn = (letter: string): string => {
    const first = letter >= 'a' ? 97 : 65
    return String.fromCharCode(first + (((letter.charCodeAt(0) - first + by) % 26) + 26) % 26)
  }
  return text.replace(/[a-zA-Z]/g, turn)
}

function adler(bytes: Uint8Array): bigint {
  let [a, b] = [1, 0]
  for (const byte of bytes) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return BigInt(b) * 65536n + BigInt(a)
}

function fibonacci(n: number): bigint {
  let [a, b] = [0n, 1n]
  for (let i = 0; i < n; i++) [a, b] = [b, a + b]
  return BigInt.asIntN(64, a)
}

export function greet(): Expected {
  const text = 'assemblyscript(string)->string'
  const calls: Call[] = [
    ...['world', '', 'Zoë 🎈', 'x'.repeat(300)].map(name => ({
      fun: 'greet', params: [name], ok: `Hello, ${name || 'stranger'}!`,
    })),
    ...['abc', '🎈 up', ''].map(value => ({ fun: 'reverse', params: [value], ok: [...value].reverse().join('') })),
    ...([['Hello, World', 3], ['zZ', 27], ['abc', -1]] as const).map(([value, by]) => ({
      abi: 'assemblyscript(string,i32)->string', fun: 'caesar', params: [value, BigInt(by)], ok: caesar(value, by),
    })),
    ...[utf8(''), utf8('Wikipedia'), noise(40)].map(bytes => ({
      abi: 'assemblyscript(ArrayBuffer)->u32', fun: 'adler', params: [bytes], ok: adler(bytes),
    })),
    ...[0, 10, 90, 93].map(n => ({
      abi: 'assemblyscript(i32)->i64', fun: 'fibonacci', params: [BigInt(n)], ok: fibonacci(n),
    })),
    { abi: 'assemblyscript(f64,f64)->f64', fun: 'hypotenuse', params: [f64(3), f64(4)], ok: f64(5) },
    { abi: 'assemblyscript(f64,f64)->f64', fun: 'hypotenuse', params: [f64(1), f64(-1)], ok: f64(Math.sqrt(2)) },
    ...['abba', 'abbas', ''].map(value => ({
      abi: 'assemblyscript(string)->bool', fun: 'isPalindrome', params: [value], ok: value === 'abbas' ? 0n : 1n,
    })),
  ]
  return { abi: text, calls }
}
