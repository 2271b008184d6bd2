/** Instruments modules, each a line of Base64 on the standard input, in all modes, and prints what became of each. */
import { createInterface } from 'node:readline'
import { admit } from '../../dist/admission/admit.js'
import { instrument } from '../../dist/instrument/instrument.js'
import { PROFILE_1 } from '../../dist/profile/v1.js'

for await (const line of createInterface({ input: process.stdin })) {
  const { admitted, findings } = admit(new Uint8Array(Buffer.from(line, 'base64')), PROFILE_1)
  const said = []
  for (const mode of ['fast', 'steady', 'precise']) {
    said.push(
      admitted === undefined
        ? findings[0].subject
        : await instrument(admitted, mode).then(
            () => 'ok',
            error => `${mode}: ${error}`,
          ),
    )
  }
  process.stdout.write(`${said.join(' ')}\n`)
}
