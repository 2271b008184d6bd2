/** What each program must answer, computed without its module. */
import type { Expected } from '../expected.ts'
import { base64 } from './base64.ts'
import { forth } from './forth.ts'
import { greet } from './greet.ts'
import { image } from './image.ts'
import { json } from './json.ts'
import { lz } from './lz.ts'
import { mandelbrot } from './mandelbrot.ts'
import { matrix } from './matrix.ts'
import { pi } from './pi.ts'
import { picture } from './picture.ts'
import { sha256 } from './sha256.ts'
import { sort } from './sort.ts'
import { collatz, fibonacci, simdDot } from './wat.ts'
import { wordcount } from './wordcount.ts'

export const REFERENCES: Readonly<Record<string, () => Expected>> = {
  base64, collatz, fibonacci, forth, greet, image, json, lz, mandelbrot, matrix, pi, picture, sha256, 'simd-dot': simdDot, sort,
  wordcount,
}
