/**
 * Reads the exports of the package, with their documentation, from the declarations that editors show (`dist/*.d.ts`).
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The name of a declaration or a member, such as `VerifierOptions.maxGas`. */
export interface Named {
  readonly name: string
  readonly documented: boolean
}

interface Declaration {
  readonly name: string
  /** The lines of its text, without the comment. */
  readonly text: readonly string[]
  readonly documented: boolean
}

interface File {
  readonly path: string
  readonly declarations: readonly Declaration[]
  /** The names that are imported from other files of this project, and the file of each. */
  readonly imports: ReadonlyMap<string, string>
  /** The files from which everything is re-exported. */
  readonly wholesale: readonly string[]
}

const MEMBER = /^ +(?:\/\*\*.*\*\/ )?(?:readonly |get |static )*([\w$]+|'[^']+')\??(?:[(<:])/

/** The names that a file exports, with their members, and those of the types that they extend or use. */
export function exportedNames(door: string): Named[] {
  const files = new Map<string, File>()
  const file = (path: string): File => files.get(path) ?? files.set(path, readFile(path)).get(path)!
  const { imports, wholesale } = file(door)
  const waiting: (readonly [path: string, name: string])[] = [
    ...[...imports].map(([name, path]) => [path, name] as const),
    ...wholesale.flatMap(path => file(path).declarations.map(({ name }) => [path, name] as const)),
  ]
  const found = new Map<string, Named[]>()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [path, name] = next
    if (found.has(`${path} ${name}`)) continue
    const { declarations, imports } = file(path)
    const own = declarations.filter(declaration => declaration.name === name)
    found.set(`${path} ${name}`, own.flatMap(namesOf))
    const [first] = own.flatMap(({ text }) => text)
    for (const [, base, option] of first?.matchAll(/extends (?:Partial<)?(\w+)|\b([A-Z]\w*(?:Options|Bound))\b/g) ??
      []) {
      const used = base ?? option
      if (imports.has(used!)) waiting.push([imports.get(used!)!, used!])
      else if (declarations.some(declaration => declaration.name === used)) waiting.push([path, used!])
    }
  }
  return [...found.values()].flat()
}

/**
 * The types of this project that occur in parameters, results and members of the exports of a file. `exported` is true
 * if the file exports the type itself. Whoever wraps a function needs the names of its types.
 */
export function namedTypes(door: string): { readonly name: string; readonly by: string; readonly exported: boolean }[] {
  const files = new Map<string, File>()
  const file = (path: string): File => files.get(path) ?? files.set(path, readFile(path)).get(path)!
  const { imports, wholesale } = file(door)
  const exported = new Map([
    ...imports,
    ...wholesale.flatMap(path => file(path).declarations.map(({ name }) => [name, path] as const)),
  ])
  return [...exported].flatMap(([by, path]) => {
    const { declarations, imports } = file(path)
    const text = declarations.filter(({ name }) => name === by).flatMap(({ text }) => text)
    const ours = (name: string): boolean =>
      name !== by && (imports.has(name) || declarations.some(declaration => declaration.name === name))
    const names = new Set(
      text
        .filter(line => !/^ *(?:\/?\*|private )/.test(line))
        .join('\n')
        .match(/\b[A-Z]\w*\b/g),
    )
    return [...names].filter(ours).map(name => ({ name, by, exported: exported.has(name) }))
  })
}

/**
 * The names of a declaration and its members. The comment of a union, or of a function's result, also documents its
 * fields.
 */
function namesOf({ name, text, documented }: Declaration): Named[] {
  if (/^export type |\): [^(]*$/.test(text[0]!)) return [{ name, documented }]
  const members = text.slice(1).flatMap((line, i) => {
    const [, member] = MEMBER.exec(line) ?? []
    if (member === undefined || /^ +private /.test(line)) return []
    return [{ name: `${name}.${member}`, documented: line.includes('/** ') || text[i]!.endsWith('*/') }]
  })
  return [{ name, documented }, ...members]
}

function readFile(path: string): File {
  const lines = readFileSync(path, 'utf8').split('\n')
  const imports = new Map<string, string>()
  const wholesale: string[] = []
  const declarations: Declaration[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!
    const [, names, from] = /^(?:import|export)(?: type)? \{(.*)\} from '(\.[^']+)'/.exec(line) ?? []
    for (const name of names?.split(',') ?? []) imports.set(name.replace(/^ *type /, '').trim(), besides(path, from!))
    const [, all] = /^export (?:type )?\* from '(\.[^']+)'/.exec(line) ?? []
    if (all !== undefined) wholesale.push(besides(path, all))
    const [, name] =
      /^export (?:declare )?(?:abstract )?(?:interface|type|class|function|const) ([\w$]+)/.exec(line) ?? []
    if (name === undefined) continue
    const end = /[{[(|&]$/.test(line) ? lines.findIndex((other, i) => i > at && /^[^ ]/.test(other)) : at
    declarations.push({ name, text: lines.slice(at, end + 1), documented: lines[at - 1]?.endsWith('*/') === true })
  }
  return { path, declarations, imports, wholesale }
}

function besides(path: string, from: string): string {
  return join(dirname(path), from.replace(/\.[tj]s$/, '.d.ts'))
}
