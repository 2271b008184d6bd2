/** Recognises files that are no WebAssembly module by their first bytes, for messages to people. */

const SIGNATURES: readonly (readonly [bytes: readonly number[], what: string])[] = [
  [[0x1f, 0x8b], 'It is compressed with gzip. Unpack it first: gunzip FILE.gz.'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'It is compressed with Zstandard. Unpack it first: zstd -d FILE.'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 'It is compressed with xz. Unpack it first: unxz FILE.'],
  [[0x42, 0x5a, 0x68], 'It is compressed with bzip2. Unpack it first: bunzip2 FILE.'],
  [[0x50, 0x4b, 0x03, 0x04], 'It is a ZIP archive. Unpack it first, and name the .wasm file in it.'],
  [[0x7f, 0x45, 0x4c, 0x46], 'It is a program for a processor (ELF). Compile it for wasm32.'],
  [[0x4d, 0x5a], 'It is a program for Windows. Compile it for wasm32.'],
  [[0xcf, 0xfa, 0xed, 0xfe], 'It is a program for a processor (Mach-O). Compile it for wasm32.'],
  [
    [0x42, 0x43, 0xc0, 0xde],
    'It is LLVM bitcode. Compile it to WebAssembly, without -emit-llvm and -flto, and link it.',
  ],
  [
    [0x21, 0x3c, 0x61, 0x72, 0x63, 0x68, 0x3e],
    'It is a static library (ar). Link it into a module, for example with wasm-ld.',
  ],
  [
    [0x0a, 0xa1, 0x67, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e],
    'It is a CAR. Import it, and name the module by its CID.',
  ],
]

const TEXTS: readonly (readonly [begins: RegExp, what: string])[] = [
  [
    /^\(\s*component\b/,
    'It is a component as text. Build a core module in its place: this profile runs no components.',
  ],
  [/^\(/, 'It is WebAssembly text. Assemble it first: wat2wasm FILE.wat -o FILE.wasm.'],
  [/^AGFzbQ/, 'It is a module in base64. Decode it first: base64 -d FILE.'],
  [
    /^version https:\/\/git-lfs/,
    'It is a pointer of Git LFS in place of the file. Fetch the file first: git lfs pull.',
  ],
  [/^</, 'It is HTML or XML, perhaps a page that came in place of the module. Download the module again.'],
  [/^[[{]/, 'It is JSON. Name the .wasm file in its place.'],
  [
    /^(?:#!|\/[/*]|["']use strict|(?:import|export|const|let|var|function|async|class)\b|\(function|module\.exports)/,
    'It is program text, such as JavaScript. Name the .wasm file that it loads, or compile it first.',
  ],
]

/** The number of bytes of a text that are inspected. */
const HEAD = 4096

/** A sentence or two on what the bytes are and what to do. Undefined if they are a module, or are not recognised. */
export function recognize(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'It is empty.'
  if (begins(bytes, [0x00, 0x61, 0x73, 0x6d]))
    return bytes.length < 8 ? 'It is cut off after its first bytes.' : undefined
  const signature = SIGNATURES.find(([head]) => begins(bytes, head))
  if (signature !== undefined) return signature[1]
  // A CAR begins with a length and a CBOR map with the key "roots".
  if (begins(bytes.subarray(1), [0xa2, 0x65, 0x72, 0x6f, 0x6f, 0x74, 0x73]))
    return 'It is a CAR. Import it, and name the module by its CID.'
  const text = textAt(bytes)
  if (text === undefined) return undefined
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'It is text. Name a .wasm file.'
}

function begins(bytes: Uint8Array, head: readonly number[]): boolean {
  return head.every((byte, i) => bytes[i] === byte)
}

/** The first characters of a text, after blanks and comments of the WebAssembly text format. Undefined if it is no text. */
function textAt(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, HEAD), { stream: true })
    return text.includes('\0') ? undefined : text.replace(/^(?:\s+|;;[^\n]*(?:\n|$)|\(;(?:[^;]|;(?!\)))*;\))+/, '')
  } catch {
    return undefined
  }
}
