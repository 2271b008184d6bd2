/**
 * `npm run prose`: checks that code and documents are easy to read. It prints files of `src` with more than 300 lines,
 * sentences of comments with more than 40 words, and words that docs/glossary.md replaces. It fails if there are any.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const MAX_LINES = 300
const MAX_WORDS = 40
/** The documents and the folders that are checked. */
const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'RATIONALE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'benchmarks/README.md',
]
const FOLDERS = ['src', 'scripts', 'test', 'benchmarks']

interface Replaced {
  readonly word: RegExp
  readonly instead: string
}

/** The words in the last table of the glossary, each with its replacement. */
function replacedWords(): readonly Replaced[] {
  const glossary = readFileSync(`${ROOT}docs/glossary.md`, 'utf8')
  const table = glossary.slice(glossary.indexOf('## Words that are not used'))
  return [...table.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, word, instead]) => ({
    word: new RegExp(`\\b${word!}\\b`, 'i'),
    instead: instead!,
  }))
}

/** A piece of prose, and its position as `file:line`. */
interface Prose {
  readonly at: string
  readonly text: string
}

function filesUnder(folder: string, ending: RegExp): string[] {
  return readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' })
    .filter(file => ending.test(file))
    .map(file => `${folder}/${file.replaceAll('\\', '/')}`)
}

/** The comments of a file. Lines that are indented by four spaces or more are examples, and are left out. */
function commentsOf(file: string): Prose[] {
  const code = readFileSync(ROOT + file, 'utf8')
  const blocks = [...code.matchAll(/\/\*\*?([\s\S]*?)\*\/|(?<=^\s*)\/\/(.*)$/gm)]
  return blocks.map(({ index, 1: block, 2: line }) => ({
    at: `${file}:${code.slice(0, index).split('\n').length}`,
    text: plain((block ?? line ?? '').replaceAll(/^\s*\* ?/gm, '')),
  }))
}

/** The paragraphs of a document, without tables and code. */
function paragraphsOf(file: string): Prose[] {
  const text = readFileSync(ROOT + file, 'utf8').replaceAll(/^```[\s\S]*?^```/gm, code => code.replaceAll(/[^\n]/g, ''))
  let line = 1
  return text.split(/\n\n/).flatMap(paragraph => {
    const at = `${file}:${line}`
    line += paragraph.split('\n').length + 1
    return paragraph.trimStart().startsWith('|')
      ? []
      : paragraph.split(/^[-*] /m).map(item => ({ at, text: plain(item) }))
  })
}

function plain(text: string): string {
  return text
    .split('\n')
    .filter(line => !/^ {4}/.test(line))
    .join('\n')
    .replaceAll(/`[^`]*`/g, '·')
    .replaceAll(/\]\([^)]*\)/g, ']')
}

function sentencesOf(text: string): string[] {
  return text.split(/(?<=[.:;!?])\s+(?=[A-Z0-9·"([]|$)|\n\s*\n|\n\s*[-@]/)
}

const complaints: string[] = []
for (const file of filesUnder('src', /\.ts$/)) {
  const lines = readFileSync(ROOT + file, 'utf8').split('\n').length - 1
  if (lines > MAX_LINES) complaints.push(`${file}: ${lines} lines`)
}
const words = replacedWords()
const documents = [...DOCUMENTS, ...filesUnder('docs', /\.md$/).filter(file => file !== 'docs/glossary.md')]
const prose = [
  ...FOLDERS.flatMap(folder => filesUnder(folder, /(?<!\.d)\.m?ts$/)).flatMap(commentsOf),
  ...documents.flatMap(paragraphsOf),
]
for (const { at, text } of prose) {
  for (const { word, instead } of words)
    if (word.test(text)) complaints.push(`${at}: ${word.exec(text)![0]} (${instead})`)
  if (!at.startsWith('src/')) continue
  for (const sentence of sentencesOf(text)) {
    const { length } = sentence.split(/\s+/).filter(part => /\w|·/.test(part))
    if (length > MAX_WORDS) complaints.push(`${at}: a sentence of ${length} words: ${sentence.slice(0, 60)}…`)
  }
}
for (const complaint of complaints) console.log(complaint)
console.log(complaints.length === 0 ? 'nothing to complain of' : `${complaints.length} places`)
process.exitCode = complaints.length === 0 ? 0 : 1
