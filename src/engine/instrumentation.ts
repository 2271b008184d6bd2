/** Instrumentation as the engine needs it; loaded when there is a module to instrument. */
export { instrument } from '../instrument/instrument.ts'
