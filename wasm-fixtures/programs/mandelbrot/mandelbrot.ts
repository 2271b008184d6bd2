// Typed arrays in AssemblyScript, built with `--use abort=`: a module without imports.

export const Uint8Array_ID = idof<Uint8Array>()
export const Float64Array_ID = idof<Float64Array>()
export const Int32Array_ID = idof<Int32Array>()

/** Steps until |z| > 2 under z² + c, at most `most`. */
function escape(re: f64, im: f64, most: i32): i32 {
  let x: f64 = 0
  let y: f64 = 0
  for (let i = 0; i < most; i++) {
    const xx = x * x
    const yy = y * y
    if (xx + yy > 4) return i
    y = 2 * x * y + im
    x = xx - yy + re
  }
  return most
}

/** The rectangle from −2 − i to 1 + i, one byte per pixel, row by row: 255 · steps / iterations, rounded down. */
export function render(width: i32, height: i32, iterations: i32): Uint8Array {
  const pixels = new Uint8Array(width * height)
  for (let row = 0; row < height; row++) {
    const im = -1 + (2 * (<f64>row + 0.5)) / <f64>height
    for (let column = 0; column < width; column++) {
      const re = -2 + (3 * (<f64>column + 0.5)) / <f64>width
      pixels[row * width + column] = <u8>((255 * escape(re, im, iterations)) / iterations)
    }
  }
  return pixels
}

/** How many pixels have each of the 256 values. */
export function histogram(pixels: Uint8Array): Int32Array {
  const counts = new Int32Array(256)
  for (let i = 0; i < pixels.length; i++) counts[pixels[i]]++
  return counts
}

/** Mean and standard deviation. */
export function statistics(values: Float64Array): Float64Array {
  const result = new Float64Array(2)
  const n = <f64>values.length
  let sum: f64 = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  const mean = sum / n
  let squares: f64 = 0
  for (let i = 0; i < values.length; i++) squares += (values[i] - mean) * (values[i] - mean)
  result[0] = mean
  result[1] = sqrt(squares / n)
  return result
}

/** The picture as text, dark to light, one line per row. */
export function draw(width: i32, height: i32, iterations: i32): string {
  const shades = ' .:-=+*#%@'
  const pixels = render(width, height, iterations)
  const lines = new Array<string>()
  for (let row = 0; row < height; row++) {
    let line = ''
    for (let column = 0; column < width; column++) {
      const pixel = <i32>pixels[row * width + column]
      line += shades.charAt((pixel * 9) / 255)
    }
    lines.push(line)
  }
  return lines.join('\n')
}
