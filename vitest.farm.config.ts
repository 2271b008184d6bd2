import { defineConfig } from 'vitest/config'
import { OPTIONS } from './test/support/suites.ts'

/** A part of `npm run test:farm`: the queue of a farm on a real Redis. */
export default defineConfig({ test: { ...OPTIONS, include: ['test/farm/redis/*.farm.ts'] } })
