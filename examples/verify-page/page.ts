/**
 * `npm run page`: builds the page. `--serve` serves what was built, `--port <n>` says where. `--examples` makes the
 * examples anew, in place of building: they change with the profile.
 */
import { parseArgs } from 'node:util'
import { build, preview } from 'vite'
import { writeExamples } from './make-examples.ts'
import config from './vite.config.ts'

const { serve, port, examples } = parseArgs({
  options: { serve: { type: 'boolean' }, port: { type: 'string', default: '4173' }, examples: { type: 'boolean' } },
}).values

if (examples === true) await writeExamples()
else {
  await build({ ...config, configFile: false })
  if (serve === true) {
    const server = await preview({ ...config, configFile: false, preview: { port: Number(port), strictPort: true } })
    server.printUrls()
  }
}
