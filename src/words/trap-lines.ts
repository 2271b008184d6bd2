/** The details of a trap for people, besides its code. */
import type { AbortCall, TrapDetails } from '../interface.ts'

/** The details as lines, the most useful first. */
export function trapLines({ offset, function: within, source, abort }: TrapDetails): string[] {
  const place = source && `${source.file}:${source.line}${source.column === undefined ? '' : `:${source.column}`}`
  const where =
    within === undefined
      ? `byte ${offset} of the module`
      : `function ${within.index}${within.name === undefined ? '' : ` (${within.name})`}, byte ${within.offset} of its body, ${offset} of the module`
  return [...(abort ? [`abort: ${abortText(abort)}`] : []), `in ${where}`, ...(place ? [`at ${place}`] : [])]
}

function abortText({ message = 'no message', file, line, column }: AbortCall): string {
  return file === undefined ? message : `${message} in ${file}:${line}:${column}`
}
