import { defineConfig } from 'vitest/config'
import { LONG, OPTIONS, projects } from './test/support/suites.ts'

/** `npm test`: all that does not take minutes. */
export default defineConfig({ test: { ...OPTIONS, projects: projects(LONG) } })
