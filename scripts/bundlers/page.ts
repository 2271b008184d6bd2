/** The generated part of docs/bundlers.md. */
import { table } from '../page.ts'
import { RECIPES, type Bundler, type Recipe } from './recipes.ts'

/** What a bundler has built. */
export interface Row {
  readonly bundler: Bundler
  readonly version: string
  /** Bytes that the page loads at first, and bytes of binaryen, compressed. */
  readonly first: number
  readonly wasm: number
}

/** A table of the bundlers, and their commands and configurations as they were tried. */
export function regionOf(rows: readonly Row[]): string {
  const kb = (bytes: number): string => String(Math.ceil(bytes / 1000))
  const built = table(
    ['bundler', 'version', 'app and workers need, beyond its defaults', 'first load, kB', 'binaryen, when needed, kB'],
    rows.map(({ bundler, version, first, wasm }) => {
      const { name, beyond, minifies }: Recipe = RECIPES[bundler]
      return [name, version, beyond, `${kb(first)}${minifies ? '' : ' (not minified)'}`, kb(wasm)]
    }),
  )
  const known = new Set<string>()
  const blocks = rows.flatMap(({ bundler }) => {
    const { name, config, command }: Recipe = RECIPES[bundler]
    if (known.has(name)) return []
    known.add(name)
    const text = config === undefined ? '' : `// ${config.file}\n${config.text}`
    return [`**${name}**\n\n${block('sh', wrapped(command))}${text === '' ? '' : `\n\n${block('js', text.trim())}`}`]
  })
  return [built, 'As they were tried:', ...blocks].join('\n\n')
}

function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}

/** A command on lines of up to 100 columns. */
function wrapped(words: readonly string[]): string {
  const lines = ['']
  for (const word of words.map(word => (/[[\]]/.test(word) ? `'${word}'` : word))) {
    if (`${lines.at(-1)} ${word}`.length > 100) lines.push(' ')
    lines.push(`${lines.pop()} ${word}`)
  }
  return lines.join(' \\\n').trim()
}
