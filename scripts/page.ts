/** Tables in Markdown, and the generated regions of documents. */
import { readFileSync, writeFileSync } from 'node:fs'

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/**
 * Replaces the text between `<!-- generated: name -->` and `<!-- end -->` in a page. Throws if the page has no such
 * region.
 */
export function writeRegion(path: URL, name: string, generated: string): void {
  const text = readFileSync(path, 'utf8')
  const begin = `<!-- generated: ${name} -->\n`
  const from = text.indexOf(begin)
  const to = text.indexOf('<!-- end -->', from)
  if (from < 0 || to < 0) throw new Error(`${path.pathname} has no region ${name}`)
  writeFileSync(path, `${text.slice(0, from)}${begin}\n${generated}\n\n${text.slice(to)}`)
}
