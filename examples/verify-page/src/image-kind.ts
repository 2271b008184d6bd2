/** Tells images by their first bytes, and how large they are, before a browser decodes them. */

/** An image that a browser can show. */
export interface ImageKind {
  readonly type: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/svg+xml'
  /** True if it is shown only on request: a drawing may take any time to draw. */
  readonly onRequest: boolean
}

/** The greatest number of pixels that are decoded: 4 bytes each, so 160 MB. */
const MAX_PIXELS = 40_000_000

/** The greatest size of a drawing in bytes. */
const MAX_DRAWING = 256 * 1024

/** The image that bytes are; undefined if they are none, or one that is too large to be decoded here. */
export function imageKind(bytes: Uint8Array): ImageKind | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (begins(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
    return fits(pngSize(view)) ? { type: 'image/png', onRequest: false } : undefined
  if (begins(bytes, 0, [0xff, 0xd8, 0xff]))
    return fits(jpegSize(view)) ? { type: 'image/jpeg', onRequest: false } : undefined
  if (begins(bytes, 0, [0x52, 0x49, 0x46, 0x46]) && begins(bytes, 8, [0x57, 0x45, 0x42, 0x50]))
    return fits(webpSize(view)) ? { type: 'image/webp', onRequest: false } : undefined
  return isDrawing(bytes) ? { type: 'image/svg+xml', onRequest: true } : undefined
}

type Size = readonly [width: number, height: number] | undefined

function fits(size: Size): boolean {
  return size !== undefined && size[0] > 0 && size[1] > 0 && size[0] * size[1] <= MAX_PIXELS
}

function begins(bytes: Uint8Array, at: number, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[at + i] === byte)
}

/** The chunk IHDR is always the first. */
function pngSize(view: DataView): Size {
  return view.byteLength < 24 ? undefined : [view.getUint32(16), view.getUint32(20)]
}

/** The first frame header (SOF0 to SOF15 without DHT, JPG and DAC). */
function jpegSize(view: DataView): Size {
  for (let at = 2; at + 9 <= view.byteLength;) {
    if (view.getUint8(at) !== 0xff) return undefined
    const marker = view.getUint8(at + 1)
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return [view.getUint16(at + 7), view.getUint16(at + 5)]
    at += 2 + view.getUint16(at + 2)
  }
  return undefined
}

/** The headers of the three forms of WebP (RFC 9649). */
function webpSize(view: DataView): Size {
  if (view.byteLength < 30) return undefined
  switch (view.getUint32(12)) {
    case 0x56503820: // 'VP8 '
      return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff]
    case 0x5650384c: {
      // 'VP8L'
      const bits = view.getUint32(21, true)
      return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1]
    }
    case 0x56503858: // 'VP8X'
      return [(view.getUint32(23, true) >>> 8) + 1, (view.getUint32(26, true) >>> 8) + 1]
    default:
      return undefined
  }
}

/** True for a drawing in SVG. One with entities could grow without bound, and is shown as text. */
function isDrawing(bytes: Uint8Array): boolean {
  if (bytes.length > MAX_DRAWING) return false
  let text
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return false
  }
  const start = text.replace(/^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--[^]*?-->\s*)*(?:<!DOCTYPE\s+svg[^>[]*>\s*)?/i, '')
  return /^<svg[\s>]/.test(start) && !/<!ENTITY/i.test(text)
}
