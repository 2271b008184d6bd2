/** The examples that this page offers. `make-examples.ts` makes them, and they are loaded when they are asked for. */
import { Fault } from 'ipvm-wasm'
import { carSource, type Source } from './sources.ts'

/** The source of an example. Throws Fault gateway-failed if its file cannot be loaded. */
export async function openExample(name: string, signal: AbortSignal): Promise<Source> {
  const file = `${name}.car`
  try {
    const response = await fetch(`./examples/${file}`, { signal })
    if (!response.ok) throw new Error(`it answers ${response.status}`)
    return await carSource(new Uint8Array(await response.arrayBuffer()), file, signal)
  } catch (error) {
    if (error instanceof Fault) throw error
    if (signal.aborted) throw new Fault('aborted', 'given up on request', {}, error)
    const reason = error instanceof Error ? error.message : String(error)
    throw new Fault('gateway-failed', `the example ${file} cannot be loaded: ${reason}`, {}, error)
  }
}
