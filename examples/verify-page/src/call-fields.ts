/** The fields of a call: a function, its ABI, and its arguments. */
import { parseAbi, type Abi, type Callable } from 'ipvm-wasm'
import { functionType, isAssemblyScript, signature, type Inspection, type Word } from 'ipvm-wasm/words'
import { fill, h } from './dom.ts'
import { field, fileBytes } from './fields.ts'
import { programFields, type ProgramFields } from './program-fields.ts'
import { counted } from './words.ts'

/** A call as it was typed. */
export interface TypedCall {
  readonly fun: string
  readonly abi: Abi
  /** The arguments; those of a program are in `program`. */
  words(): Promise<Word[]>
  readonly program: ProgramFields | undefined
}

/** The fields, and how they are read. */
export interface CallFields {
  readonly elements: readonly HTMLElement[]
  /** Reads the call. Throws Fault bad-task for an ABI that is none. */
  read(): TypedCall
}

/** The greatest number of functions in the list, and of arguments. */
const MOST = 1000

/** Makes the fields for a module that is admitted. */
export function callFields({ exports }: Inspection, module: Callable): CallFields {
  const functions = (exports ?? []).filter(
    ({ kind, name }) => kind === 'function' && functionType(module, name) !== undefined,
  )
  const first = firstOf(functions.map(({ name }) => name))
  const select = h('select', { id: 'function', 'data-testid': 'function-select' })
  for (const { name, type } of functions.slice(0, MOST))
    select.append(h('option', { value: name, selected: name === first }, `${short(name)} ${type}`))
  const abi = h('input', {
    id: 'abi',
    'data-testid': 'abi-input',
    class: 'mono',
    list: 'abis',
    spellcheck: 'false',
    autocapitalize: 'off',
    autocomplete: 'off',
    'aria-describedby': 'abi-hint',
  })
  const hint = h('p', { id: 'abi-hint', class: 'hint' })
  const place = h('div', { class: 'arguments-typed' })
  const known = new Map<number, ArgumentField>()
  let program: ProgramFields | undefined

  const show = (): void => {
    program = undefined
    const chosen = abiIn(abi.value)
    const count = chosen && countOf(chosen, module, select.value)
    hint.textContent = chosen === undefined ? 'No ABI of this form is known.' : hintFor(chosen, module, select.value)
    if (chosen?.name === 'wasi') {
      program = programFields()
      return fill(place, ...program.elements)
    }
    const fields = Array.from({ length: Math.min(count ?? 0, MOST) }, (_, index) => {
      const field = known.get(index) ?? argumentField(index)
      known.set(index, field)
      return field.element
    })
    fill(place, ...(fields.length === 0 ? [h('p', { class: 'muted' }, 'It takes no arguments.')] : fields))
  }
  const guess = (): void => {
    abi.value = functions.find(({ name }) => name === select.value)?.abi ?? 'core'
    show()
  }
  select.addEventListener('change', guess)
  abi.addEventListener('change', show)
  guess()

  return {
    elements: [
      field('function', 'Function', select),
      field(
        'abi',
        'ABI',
        abi,
        hint,
        h('datalist', { id: 'abis' }, ...suggestions(module).map(value => h('option', { value }))),
      ),
      place,
    ],
    read() {
      const given = parseAbi(abi.value.replaceAll(/\s/g, ''))
      const count = countOf(given, module, select.value) ?? 0
      const fields = Array.from({ length: count }, (_, index) => known.get(index)).filter(each => each !== undefined)
      return {
        fun: given.name === 'wasi' ? '_start' : select.value,
        abi: given,
        words: () => Promise.all(fields.map(each => each.word())),
        program: given.name === 'wasi' ? program : undefined,
      }
    },
  }
}

interface ArgumentField {
  readonly element: HTMLElement
  word(): Promise<Word>
}

/** A field for one argument, as text or as a file. */
function argumentField(index: number): ArgumentField {
  const id = `argument-${index}`
  const text = h('input', {
    id,
    'data-testid': id,
    class: 'mono',
    spellcheck: 'false',
    autocapitalize: 'off',
    autocomplete: 'off',
  })
  const file = h('input', {
    id: `${id}-file`,
    'data-testid': `${id}-file`,
    type: 'file',
    'aria-label': `A file in place of argument ${index + 1}`,
  })
  const element = h(
    'div',
    { class: 'row end' },
    field(id, `Argument ${index + 1}`, text),
    field(`${id}-file`, 'or a file', file),
  )
  return {
    element,
    async word() {
      const [chosen] = file.files ?? []
      return chosen === undefined
        ? { kind: 'text', text: text.value }
        : { kind: 'bytes', text: chosen.name, bytes: await fileBytes(chosen) }
    },
  }
}

function abiIn(typed: string): Abi | undefined {
  try {
    return parseAbi(typed.replaceAll(/\s/g, ''))
  } catch {
    return undefined
  }
}

/** The number of arguments of a call; undefined for a program. */
function countOf(abi: Abi, module: Callable, fun: string): number | undefined {
  if (abi.name === 'assemblyscript') return abi.params.length
  const params = functionType(module, fun)?.params.length ?? 0
  return abi.name === 'wasi' ? undefined : abi.name === 'bytes' ? Math.floor(params / 2) : params
}

function hintFor(abi: Abi, module: Callable, fun: string): string {
  const type = functionType(module, fun)
  if (abi.name === 'core' && isAssemblyScript(module))
    return 'The module looks like AssemblyScript. Strings and arrays cross by an ABI that names their types, such as assemblyscript(string)->string.'
  if (abi.name === 'core')
    return `Numbers, as ${type === undefined ? 'the function takes them' : signature(type)}. Integers can be written as 42, 0x2a or 3e9.`
  if (abi.name === 'bytes') return `${counted(countOf(abi, module, fun)!, 'argument')} of bytes: text, or a file.`
  if (abi.name === 'wasi') return 'A program of WASI, with arguments, standard input and files.'
  return `${counted(abi.params.length, 'argument')}: ${abi.params.join(', ') || 'none'}.`
}

function suggestions(module: Callable): readonly string[] {
  const own = isAssemblyScript(module)
    ? ['assemblyscript(string)->string', 'assemblyscript(i32)->i32', 'assemblyscript(i32,i32,i32)->Uint8Array']
    : []
  return ['core', 'bytes', 'wasi', ...own]
}

/** The function that is likely meant: a program's, or the first that is no part of a runtime. */
function firstOf(names: readonly string[]): string | undefined {
  return names.find(name => name === '_start') ?? names.find(name => !/^(?:_|ipvm_alloc$)/.test(name)) ?? names[0]
}

function short(name: string): string {
  return name.length <= 60 ? name : `${name.slice(0, 60)}…`
}
