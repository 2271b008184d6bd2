/** Scripts with which shells complete commands and options. They are generated from the definitions of the commands. */
import type { Command, Option } from 'commander'

export type Shell = 'bash' | 'zsh' | 'fish'

/** An option: its names, its purpose, and whether it takes a value. */
interface Flag {
  readonly names: readonly string[]
  readonly takesValue: boolean
  readonly about: string
}

interface Subcommand {
  readonly name: string
  readonly about: string
  readonly flags: readonly Flag[]
  /** The possible values of its operand. If there are none, the operand may be a file. */
  readonly words: readonly string[]
}

const HELP: Flag = { names: ['--help'], takesValue: false, about: 'print help' }

/** The script for a shell. */
export function completionFor(shell: Shell, program: Command): string {
  const globals = [...program.options.map(flagOf), HELP]
  const commands = program.commands.map(command => ({
    name: command.name(),
    about: command.description(),
    flags: command.options.map(flagOf),
    words: command.registeredArguments[0]?.argChoices ?? [],
  }))
  return { bash, zsh, fish }[shell](program.name(), globals, commands)
}

function flagOf({ short, long, required, optional, description }: Option): Flag {
  return {
    names: [short, long].filter(name => name !== undefined),
    takesValue: required || optional,
    about: description,
  }
}

const namesOf = (flags: readonly Flag[]): string[] => flags.flatMap(({ names }) => names)
const withValues = (flags: readonly Flag[]): Flag[] => flags.filter(({ takesValue }) => takesValue)

function bash(program: string, globals: readonly Flag[], commands: readonly Subcommand[]): string {
  const values = [...new Set(namesOf(withValues([...globals, ...commands.flatMap(({ flags }) => flags)])))]
  const own = commands.map(({ name, flags }) => `    ${name}) words='${namesOf([...flags, ...globals]).join(' ')}';;`)
  const choices = commands
    .filter(({ words }) => words.length > 0)
    .map(({ name, words }) => `    ${name}) words='${words.join(' ')}';;`)
  return `# bash completion of ${program}, printed by: ${program} completion bash
_ipvm_wasm() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= words= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      --) return;;
      ${namesOf(withValues(globals)).join('|')}) ((i++));;
      -*) ;;
      *) command=\${command:-\${COMP_WORDS[i]}};;
    esac
  done
  # The value of an option is completed as a file.
  case $previous in
    ${values.join('|')}) return;;
  esac
  if [[ -z $command ]]; then
    words='${[...commands.map(({ name }) => name), ...namesOf(globals)].join(' ')}'
  elif [[ $current == -* ]]; then
    case $command in
${own.join('\n')}
    esac
  else
    case $command in
${choices.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _ipvm_wasm ${program}
`
}

function zsh(program: string, globals: readonly Flag[], commands: readonly Subcommand[]): string {
  const text = (about: string): string => about.replaceAll(/[[\]:\\]/g, '\\$&').replaceAll("'", "'\\''")
  const specs = (flags: readonly Flag[]): string[] =>
    flags.flatMap(({ names, takesValue, about }) =>
      names.map(
        name =>
          `'${names.length > 1 ? `(${names.join(' ')})` : ''}${name}[${text(about)}]${takesValue ? ':value:_files' : ''}'`,
      ),
    )
  const cases = commands.map(({ name, flags, words }) => {
    const operand = words.length > 0 ? `'1:word:(${words.join(' ')})'` : "'*:argument:_files'"
    return `        ${name}) _arguments ${[...specs([...flags, ...globals]), operand].join(' \\\n          ')};;`
  })
  return `#compdef ${program}
# zsh completion of ${program}, printed by: ${program} completion zsh
_${program}() {
  local -a commands
  local state line
  commands=(
${commands.map(({ name, about }) => `    '${name}:${text(about)}'`).join('\n')}
  )
  _arguments -C ${[...specs(globals), "'1:command:->command'", "'*::argument:->argument'"].join(' \\\n    ')}
  case $state in
    command) _describe command commands;;
    argument)
      case $words[1] in
${cases.join('\n')}
      esac;;
  esac
}
# In a folder of $fpath this file is the function itself; sourced, it defines it.
if [[ "$funcstack[1]" = _${program} ]]; then _${program} "$@"; else compdef _${program} ${program}; fi
`
}

function fish(program: string, globals: readonly Flag[], commands: readonly Subcommand[]): string {
  const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`
  const option = ({ names, takesValue, about }: Flag): string => {
    const forms = names.map(name => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
    return `${forms.join(' ')}${takesValue ? ' -r' : ''} -d ${quoted(about)}`
  }
  const lines = [
    ...globals.map(flag => `complete -c ${program} ${option(flag)}`),
    ...commands.flatMap(({ name, about, flags, words }) => {
      const inside = `complete -c ${program} -n '__fish_seen_subcommand_from ${name}'`
      return [
        `complete -c ${program} -n __fish_use_subcommand -f -a ${name} -d ${quoted(about)}`,
        ...flags.map(flag => `${inside} ${option(flag)}`),
        ...(words.length > 0 ? [`${inside} -f -a ${quoted(words.join(' '))}`] : []),
      ]
    }),
  ]
  return `# fish completion of ${program}, printed by: ${program} completion fish\n${lines.join('\n')}\n`
}
