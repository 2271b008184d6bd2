// Removes the build's output, so that a file that was renamed or removed in src leaves no trace in the package.
import { rmSync } from 'node:fs'

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true })
