import { admit, rejectionOf } from '../../admission/admit.ts'
import { instrument } from '../../instrument/instrument.ts'
import { describe } from '../../receipt/describe.ts'
import { chooseProfile } from '../choices.ts'
import type { Context } from '../context.ts'
import { readTarget } from '../inputs.ts'
import { expectDistinct, counted, grouped, requireOutput, STDOUT, writeOutput } from '../output.ts'
import { withProgress } from '../progress.ts'
import { EXIT } from '../usage.ts'

interface Options {
  readonly output?: string
  readonly profile?: string
}

/** Writes the instrumented module, which runs in the place of the given one. Stores nothing. */
export async function instrumentTo(context: Context, word: string, { output, profile }: Options): Promise<number> {
  const path = requireOutput(output, 'a module', context.json)
  await expectDistinct([word], [path])
  const { bytes, cid } = await readTarget(context, word, { keep: false })
  const { admitted, findings } = admit(bytes, chooseProfile(profile))
  if (admitted === undefined) {
    const rejection = rejectionOf(findings)
    await context.answer({ module: cid, rejection }, output => output.line(describe(rejection)))
    return EXIT.negative
  }
  const instrumented = await withProgress('instrumenting', () => instrument(admitted))
  await writeOutput(path, instrumented.bytes)
  await context.answer({ module: cid, file: path, size: instrumented.bytes.length }, output => {
    if (path !== STDOUT)
      output.note(`${path}: ${counted(instrumented.bytes.length, 'byte')}, from ${grouped(bytes.length)}`)
  })
  return EXIT.done
}
