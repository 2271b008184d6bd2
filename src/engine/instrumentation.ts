/** Re-exports instrumentation. The preparer imports this file when it has a module to instrument, and not before. */
export { instrument } from '../instrument/instrument.ts'
