/**
 * Computes the checksums of all kernels on the host's engine without metering: `npx tsx benchmarks/expect.ts --write`.
 */
import { writeFileSync } from 'node:fs'
import { expectedChecksums, KERNELS } from './kernels.ts'
import { prepare } from './prepare.ts'

const found = Object.fromEntries(
  await Promise.all(
    KERNELS.map(async kernel => {
      const [full, quick] = await Promise.all(
        (['full', 'quick'] as const).map(async size => {
          const { guests } = await prepare(kernel, size, ['bare'])
          return guests.get('bare')!.run().checksum
        }),
      )
      return [kernel.name, { full, quick }]
    }),
  ),
)
const lines = Object.entries(found).map(([name, sums]) => `  ${JSON.stringify(name)}: ${JSON.stringify(sums)}`)
if (process.argv.includes('--write'))
  writeFileSync(new URL('kernels/expected.json', import.meta.url), `{\n${lines.join(',\n')}\n}\n`)
else if (JSON.stringify(found) === JSON.stringify(expectedChecksums())) console.log('all as expected')
else throw new Error('checksums differ from expected.json; --write writes them')
