/** What a program came to, in a form that can be compared: both ways of running it must leave the same. */
import { createHash } from 'node:crypto'

export interface Came {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
  /** Files of the directory that is kept, each by its path and SHA-256, in the order of their paths. */
  readonly files: readonly (readonly [path: string, sha256: string])[]
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function inOrder(files: readonly (readonly [path: string, sha256: string])[]): Came['files'] {
  return files.toSorted(([a], [b]) => (a < b ? -1 : 1))
}
