// Removes the output of the build. Otherwise files that were renamed or removed in src would remain in the package.
import { rmSync } from 'node:fs'

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true })
