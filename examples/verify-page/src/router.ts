/** Which of the two views is shown, by the fragment of the address: `#verify`, with a receipt or without, or `#run`. */
import { byId } from './dom.ts'

export type ViewName = 'verify' | 'run'

const TITLES: Readonly<Record<ViewName, string>> = { verify: 'Verify a receipt', run: 'Run a task' }

/** A gateway that anyone may use. What it sends is checked, whoever runs it. */
const GATEWAY = 'https://trustless-gateway.link'

/**
 * Shows the view that the address names, now and whenever it changes. `#verify?cid=…&gateway=…` fills in the form, and
 * does no more than that: who follows a link decides what is fetched.
 */
export function startRouter(): { readonly show: (view: ViewName) => void } {
  const follow = (): void => {
    const [name, query = ''] = location.hash.slice(1).split('?')
    const view: ViewName = name === 'run' ? 'run' : 'verify'
    for (const each of ['verify', 'run'] as const) {
      byId(`view-${each}`).hidden = each !== view
      const link = document.querySelector(`nav a[href="#${each}"]`)
      if (each === view) link?.setAttribute('aria-current', 'page')
      else link?.removeAttribute('aria-current')
    }
    document.title = `${TITLES[view]} · ipvm-wasm`
    const asked = new URLSearchParams(query)
    for (const field of ['cid', 'gateway'] as const) {
      const value = asked.get(field)
      if (value !== null) byId<HTMLInputElement>(field).value = value
    }
  }
  byId<HTMLInputElement>('gateway').value = ownGateway() ?? GATEWAY
  addEventListener('hashchange', follow)
  follow()
  return {
    show: view => {
      if (location.hash !== `#${view}`) location.hash = view
    },
  }
}

/** The gateway that this page came from, if it came from one by its path. */
function ownGateway(): string | undefined {
  return /^\/ip[fn]s\//.test(location.pathname) ? location.origin : undefined
}
