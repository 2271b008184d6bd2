// Gives the built command line the right to be executed, which the compiler does not. Windows has no such right, and chmod does nothing there.
import { chmodSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

chmodSync(fileURLToPath(new URL('../dist/cli/main.js', import.meta.url)), 0o755)
