/** In JavaScript numbers, which are f64. */
import type { Call, Expected } from '../expected.ts'
import { f64, noise } from './common.ts'

function escape(re: number, im: number, most: number): number {
  let [x, y] = [0, 0]
  for (let i = 0; i < most; i++) {
    if (x * x + y * y > 4) return i
    ;[x, y] = [x * x - y * y + re, 2 * x * y + im]
  }
  return most
}

function render(width: number, height: number, iterations: number): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, at) => {
    const im = -1 + (2 * (Math.floor(at / width) + 0.5)) / height
    const re = -2 + (3 * ((at % width) + 0.5)) / width
    return Math.floor((255 * escape(re, im, iterations)) / iterations)
  })
}

function draw(width: number, height: number, iterations: number): string {
  const pixels = [...render(width, height, iterations)]
  const shades = pixels.map(pixel => ' .:-=+*#%@'[Math.floor((pixel * 9) / 255)]).join('')
  return Array.from({ length: height }, (_, row) => shades.slice(row * width, (row + 1) * width)).join('\n')
}

function histogram(pixels: Uint8Array): Uint8Array {
  const counts = new Int32Array(256)
  for (const pixel of pixels) counts[pixel]!++
  return new Uint8Array(counts.buffer)
}

function statistics(values: readonly number[]): Uint8Array {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const variance = values.reduce((sum, v) => sum + (v - mean) * (v - mean), 0) / values.length
  return Uint8Array.from([...f64(mean), ...f64(Math.sqrt(variance))])
}

export function mandelbrot(): Expected {
  const sizes: [number, number, number][] = [[1, 1, 10], [16, 8, 50], [31, 21, 100]]
  const lists = [[1], [1, 2, 4], [0.1, 0.2, 0.3, -5e9, 1 / 3]]
  const calls: Call[] = [
    ...sizes.map(size => ({ fun: 'render', params: size.map(BigInt), ok: render(...size) })),
    ...sizes.map(size => ({
      abi: 'assemblyscript(i32,i32,i32)->string', fun: 'draw', params: size.map(BigInt), ok: draw(...size),
    })),
    {
      abi: 'assemblyscript(Uint8Array)->Int32Array', fun: 'histogram', params: [noise(500)], ok: histogram(noise(500)),
    },
    ...lists.map(list => ({
      abi: 'assemblyscript(Float64Array)->Float64Array', fun: 'statistics',
      params: [Uint8Array.from(list.flatMap(v => [...f64(v)]))], ok: statistics(list),
    })),
  ]
  return { abi: 'assemblyscript(i32,i32,i32)->Uint8Array', calls }
}
