/**
 * Inspects a module off the main thread. A module may be large, and its author may mean harm.
 *
 * The import is a dynamic one, so that this file holds no code that another worker could import, and with it this
 * listener.
 */
import type { InspectRequest } from './inspect-module.ts'

addEventListener('message', ({ data }: MessageEvent<InspectRequest>) => {
  import('./inspect-module.ts').then(({ inspectNow }) => postMessage(inspectNow(data))).catch(reportError)
})
