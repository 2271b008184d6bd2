/** The worker of the engine. The build makes it together with the page, so that both share what they have in common. */
import 'ipvm-wasm/web-worker'
