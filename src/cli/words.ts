/** Parses the words after a function's name, before the ABI gives them types. */
import { existsSync } from 'node:fs'
import type { Word } from '../words/arguments.ts'
import type { Context } from './context.ts'
import { asContent, readInput } from './inputs.ts'
import { UsageError } from './usage.ts'

/** Parses words: `@file`, `-` for standard input, CIDs and paths. `@@…` is text that begins with one `@`. Throws UsageError. */
export async function readWords(context: Context, typed: readonly string[]): Promise<Word[]> {
  if (typed.filter(text => text === '-').length > 1)
    throw new UsageError('standard input can be read only once: give - for one argument')
  const words: Word[] = []
  for (const text of typed) words.push(await readWord(context, text))
  return words
}

async function readWord(context: Context, text: string): Promise<Word> {
  if (text === '-') return { kind: 'bytes', text, bytes: await readInput('-') }
  if (text.startsWith('@@')) return { kind: 'text', text: text.slice(1) }
  if (text.startsWith('@')) return { kind: 'bytes', text, bytes: await readInput(requirePath(text.slice(1))) }
  const cid = await asContent(context, text)
  if (cid !== undefined) return { kind: 'link', text, cid }
  if (/[./\\]/.test(text) && existsSync(text))
    context.output.note(`${text} is passed as text. @${text} passes the bytes of that file.`)
  return { kind: 'text', text }
}

function requirePath(path: string): string {
  if (path === '' || path === '-')
    throw new UsageError(
      'an argument that begins with @ is the path of a file: write @PATH, or @@ for text that begins with @; - is standard input',
    )
  return path
}
