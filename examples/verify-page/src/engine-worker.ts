/**
 * The worker of the engine. The build makes it together with the page, so that both share what they have in common.
 *
 * The import is a dynamic one, so that this file holds no code that another worker could import.
 */
import('ipvm-wasm/web-worker').catch(reportError)
