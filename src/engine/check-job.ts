/** Jobs by their form, for engines: whoever calls one without an executor is told what is missing. */
import type { Argument, Linked } from '../abi/guest.ts'
import { isBytes } from '../base/realms.ts'
import { badUsage, fields, givenBytes, givenList, givenText } from '../base/usage.ts'
import { MAX_GAS, MAX_PAGES } from '../receipt/limits.ts'
import type { Job } from './job.ts'

/** A job. Throws Fault('bad-usage'). */
export function checkJob(job: Job): Job {
  checkSource(job)
  givenText(job.abi, 'job.abi')
  if (typeof job.fun !== 'string') throw badUsage('job.fun', 'text', job.fun)
  checkArgs(job.args, 'job.args')
  const { gas, pages } = fields(job.limits, 'job.limits')
  // A global of the guest holds them: beyond these bounds it would hold another number.
  if (typeof gas !== 'bigint' || gas < 0n || gas > MAX_GAS)
    throw badUsage('job.limits.gas', `a bigint from 0 to ${MAX_GAS}`, gas)
  if (!Number.isInteger(pages) || pages < 0 || pages > MAX_PAGES)
    throw badUsage('job.limits.pages', `a whole number from 0 to ${MAX_PAGES}`, pages)
  return job
}

/** The parameters of a job, as they are given or as `loadArgs` answers. Throws Fault('bad-usage'). */
export function checkArgs(args: readonly Argument[], name: string): readonly Argument[] {
  for (const [i, arg] of givenList(args, name).entries())
    if (!isArgument(arg)) throw badUsage(`${name}[${i}]`, 'a bigint, bytes, text, or a link with its bytes', arg)
  return args
}

function isArgument(arg: unknown): arg is Argument {
  if (typeof arg === 'bigint' || typeof arg === 'string' || isBytes(arg)) return true
  if (typeof arg !== 'object' || arg === null) return false
  const { kind, size, content } = arg as Partial<Linked>
  const sized = size === undefined || (Number.isSafeInteger(size) && size >= 0)
  return kind === 'link' && sized && (content === undefined || (isBytes(content) && content.length === size))
}

/** What names and holds a module. Throws Fault('bad-usage'). */
export function checkSource<T extends Pick<Job, 'key' | 'module' | 'profile'>>(source: T): T {
  givenText(fields(source, 'job').key, 'job.key')
  if (typeof source.module !== 'function') givenBytes(source.module, 'job.module')
  fields(source.profile, 'job.profile')
  return source
}
