/** Checks the form of jobs, for callers that use an engine without an executor. */
import type { Argument } from '../abi/guest.ts'
import type { LinkContent } from '../abi/links.ts'
import { Fault } from '../base/fault.ts'
import { Misfit } from '../base/misfit.ts'
import { isBytes } from '../base/realms.ts'
import { badUsage, count, fields, givenBytes, givenList, givenText, withMethods } from '../base/usage.ts'
import { plainLink, readValueOf } from '../base/value.ts'
import type { Link } from '../interface.ts'
import { MAX_GAS, MAX_PAGES } from '../receipt/limits.ts'
import type { Job, WantedLinks } from './job.ts'

/** Checks the form of a job. Returns it with copies of its parameters. Throws Fault('bad-usage'). */
export function checkJob(job: Job): Job {
  checkSource(job)
  givenText(job.abi, 'job.abi')
  if (job.task !== undefined) givenBytes(job.task, 'job.task')
  if (typeof job.fun !== 'string') throw badUsage('job.fun', 'text', job.fun)
  const args = checkArgs(job.args)
  const { gas, pages } = fields(job.limits, 'job.limits')
  // Globals of the guest hold these limits. They could not hold larger numbers.
  if (typeof gas !== 'bigint' || gas < 0n || gas > MAX_GAS)
    throw badUsage('job.limits.gas', `a bigint from 0 to ${MAX_GAS}`, gas)
  if (!Number.isInteger(pages) || pages < 0 || pages > MAX_PAGES)
    throw badUsage('job.limits.pages', `a whole number from 0 to ${MAX_PAGES}`, pages)
  if (job.files !== undefined) {
    withMethods(job.files, 'job.files', ['load'])
    count(job.files.maxBytes, 'job.files.maxBytes')
  }
  return { ...job, args }
}

/** Checks the parameters of a job. Returns frozen copies; byte strings are not copied. Throws Fault('bad-usage'). */
function checkArgs(args: readonly Argument[]): readonly Argument[] {
  return givenList(args, 'job.args').map((arg, i) => {
    try {
      return readValueOf<Link>(arg, `job.args[${i}]`, { link: plainLink })
    } catch (error) {
      if (!(error instanceof Misfit)) throw error
      throw new Fault('bad-usage', error.message, { argument: error.field }, error)
    }
  })
}

/** Checks that an answer of `loadLinks` has an entry for each link that was asked about. Throws Fault('bad-usage'). */
export function checkContents(given: readonly LinkContent[], { what, links }: WantedLinks): readonly LinkContent[] {
  const name = 'what loadLinks gives'
  const known = new Map(
    givenList(given, name).map((content, i) => [fields(content, `${name}[${i}]`).link?.['/'], content]),
  )
  return links.map(link => {
    const { size, content } = known.get(link['/']) ?? {}
    const sized = Number.isSafeInteger(size) && size! >= 0
    if (!sized || !(content === undefined ? what === 'sizes' : isBytes(content) && content.length === size))
      throw badUsage(name, `the size, and if asked for the content, of ${link['/']}`, content ?? size)
    return { link, size: size!, content }
  })
}

/** Checks that an answer of `files.load` is bytes. Throws Fault('bad-usage'). */
export function checkBlock(given: unknown, link: Link): Uint8Array {
  if (isBytes(given)) return given
  throw badUsage('what files.load gives', `the bytes of ${link['/']}`, given)
}

/** Returns the key, module and profile of a job if they have the right form. Throws Fault('bad-usage'). */
export function checkSource<T extends Pick<Job, 'key' | 'module' | 'profile'>>(source: T): T {
  givenText(fields(source, 'job').key, 'job.key')
  if (typeof source.module !== 'function') givenBytes(source.module, 'job.module')
  fields(source.profile, 'job.profile')
  return source
}
