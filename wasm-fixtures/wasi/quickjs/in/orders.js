// Reads the orders of a CSV file, sums them up by customer, sorts, takes a SHA-256 over the table, and writes it as JSON.
import * as std from 'qjs:std'
import * as os from 'qjs:os'

const [, path, target] = scriptArgs

/** One line of CSV: fields in quotation marks may have commas, and quotation marks twice. */
function fieldsOf(line) {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain : quoted.replaceAll('""', '"'),
  )
}

function bytesOf(text) {
  return Uint8Array.from(unescape(encodeURIComponent(text)), char => char.charCodeAt(0))
}

/** The fractions of roots of the first primes, from exact integers: SHA-256 takes its constants from them. */
function rootBits(prime, power) {
  let low = 0n
  const goal = BigInt(prime) << BigInt(32 * power)
  for (let bit = 1n << 40n; bit > 0n; bit >>= 1n) if ((low + bit) ** BigInt(power) <= goal) low += bit
  return Number(low & 0xffffffffn)
}

function sha256(bytes) {
  const primes = []
  for (let n = 2; primes.length < 64; n++) if (primes.every(prime => n % prime !== 0)) primes.push(n)
  const constants = primes.map(prime => rootBits(prime, 3))
  const state = Uint32Array.from(primes.slice(0, 8), prime => rootBits(prime, 2))
  const padded = new DataView(new ArrayBuffer(((bytes.length + 72) >> 6) << 6))
  new Uint8Array(padded.buffer).set(bytes)
  padded.setUint8(bytes.length, 0x80)
  padded.setBigUint64(padded.byteLength - 8, BigInt(bytes.length) * 8n)
  const turn = (word, by) => (word >>> by) | (word << (32 - by))
  for (let at = 0; at < padded.byteLength; at += 64) {
    const words = new Uint32Array(64)
    for (let i = 0; i < 16; i++) words[i] = padded.getUint32(at + 4 * i)
    for (let i = 16; i < 64; i++) {
      const [near, far] = [words[i - 15], words[i - 2]]
      const s0 = turn(near, 7) ^ turn(near, 18) ^ (near >>> 3)
      const s1 = turn(far, 17) ^ turn(far, 19) ^ (far >>> 10)
      words[i] = words[i - 16] + s0 + words[i - 7] + s1
    }
    let [a, b, c, d, e, f, g, h] = state
    for (let i = 0; i < 64; i++) {
      const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + words[i]) | 0
      const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
      ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
    }
    ;[a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] += word))
  }
  return [...state].map(word => word.toString(16).padStart(8, '0')).join('')
}

const text = std.loadFile(path)
if (text === null) {
  std.err.puts(`${path}: cannot be read\n`)
  std.exit(2)
}
const [head, ...rows] = text.trimEnd().split('\n').map(fieldsOf)
const orders = rows.map(row => Object.fromEntries(row.map((field, i) => [head[i], field])))
const sums = new Map()
for (const { customer, count, cents } of orders)
  sums.set(customer, (sums.get(customer) ?? 0n) + BigInt(count) * BigInt(cents))
const table = [...sums].sort(([a, x], [b, y]) => (x < y ? 1 : x > y ? -1 : a < b ? -1 : 1))
const lines = table.map(([customer, cents]) => `${customer.padEnd(14)}${(Number(cents) / 100).toFixed(2).padStart(10)}`)
const digest = sha256(bytesOf(lines.join('\n')))
const out = std.open(target, 'w')
out.puts(JSON.stringify({ digest, sums: Object.fromEntries(table.map(([name, cents]) => [name, `${cents}`])) }) + '\n')
out.close()
print(lines.join('\n'))
print(`${orders.length} orders, ${table.length} customers, sha256 ${digest} on ${os.platform}`)
