/** Jobs by their form, for engines: whoever calls one without an executor is told what is missing. */
import { badUsage, fields, givenBytes, givenList, givenText } from '../base/usage.ts'
import type { Argument } from '../abi/guest.ts'
import { isBytes } from '../base/realms.ts'
import type { Job } from './job.ts'

/** A job. Throws Fault('bad-usage'); limits out of range are the executor's to refuse. */
export function checkJob(job: Job): Job {
  checkSource(job)
  givenText(job.abi, 'job.abi')
  if (typeof job.fun !== 'string') throw badUsage('job.fun', 'text', job.fun)
  for (const [i, arg] of givenList(job.args, 'job.args').entries()) checkArgument(arg, `job.args[${i}]`)
  const { gas, pages } = fields(job.limits, 'job.limits')
  if (typeof gas !== 'bigint') throw badUsage('job.limits.gas', 'a bigint', gas)
  if (typeof pages !== 'number') throw badUsage('job.limits.pages', 'a number', pages)
  return job
}

function checkArgument(arg: Argument, name: string): void {
  if (typeof arg === 'bigint' || typeof arg === 'string' || isBytes(arg)) return
  if (typeof arg !== 'object' || arg?.kind !== 'link')
    throw badUsage(name, "a bigint, text, a Uint8Array or { kind: 'link' }", arg)
  if (arg.content !== undefined) givenBytes(arg.content, `${name}.content`)
}

/** What names and holds a module. Throws Fault('bad-usage'). */
export function checkSource<T extends Pick<Job, 'key' | 'module' | 'profile'>>(source: T): T {
  givenText(fields(source, 'job').key, 'job.key')
  if (typeof source.module !== 'function') givenBytes(source.module, 'job.module')
  fields(source.profile, 'job.profile')
  return source
}
