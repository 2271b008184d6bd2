/** As nan.test.ts, in bodies so large that charges and canonical NaNs are calls. */
import { describe } from 'vitest'
import { Computer } from '../../src/engine/compute.ts'
import { MODES } from '../support/instrumented.ts'
import { LARGE, testInvalidOperations, testOperands } from './nan-makers.ts'

describe.each(MODES)('%s: a NaN operand gives the canonical NaN in a large body (PROFILE-14)', mode => {
  testOperands(new Computer(mode), LARGE)
})

describe.each(MODES)('%s: an invalid operation gives the canonical NaN in a large body (PROFILE-14)', mode => {
  testInvalidOperations(new Computer(mode), LARGE)
})
