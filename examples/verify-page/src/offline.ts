/** The page without a network: its service worker, what that keeps, and new versions. */
import { button, byId, mark } from './dom.ts'

/** What the service worker is asked. It answers with `OfflineState`. */
export type OfflineQuestion = { readonly ask: 'page' | 'all' | 'activate' }

/** What works without a network: `page` is the page without its instrumenter, `all` is all of it. */
export interface OfflineState {
  readonly kept: 'page' | 'all'
}

/** How long the first check waits for the service worker, in milliseconds. */
const WAIT_MS = 3000

const SAID = {
  none: 'This page needs a network, since your browser keeps nothing of it here.',
  page: 'This page is kept for use without a network. The instrumenter is kept too, once it has been used.',
  all: 'All of this page is kept: it works without a network.',
} as const

let registered = false

/** The service worker; undefined where there is none, such as over plain HTTP or in a private window. */
function container(): ServiceWorkerContainer | undefined {
  return 'serviceWorker' in navigator && window.isSecureContext ? navigator.serviceWorker : undefined
}

/** Registers the service worker, and shows what it keeps. Errors only mean that nothing is kept. */
export async function startOffline(): Promise<void> {
  const workers = container()
  if (workers === undefined) return show('none')
  byId('offline-all').addEventListener('click', () => ask('all'))
  workers.addEventListener('message', ({ data }: MessageEvent<OfflineState>) => show(data.kept))
  try {
    const registration = await workers.register('./sw.js', { scope: './' })
    registered = true
    watch(registration, workers)
    await workers.ready
    ask('page')
  } catch {
    show('none')
  }
}

/** Waits until the service worker controls this page, but not for long, since a check does not depend on it. */
export async function controlled(): Promise<void> {
  const workers = container()
  if (workers === undefined || !registered || workers.controller !== null) return
  await new Promise<void>(resolve => {
    workers.addEventListener('controllerchange', () => resolve(), { once: true })
    setTimeout(resolve, WAIT_MS)
  })
}

/** Keeps the instrumenter, which this page has loaded. */
export function keepInstrumenter(): void {
  ask('all')
}

function ask(question: OfflineQuestion['ask']): void {
  container()?.controller?.postMessage({ ask: question } satisfies OfflineQuestion)
}

function show(state: 'none' | OfflineState['kept']): void {
  const element = byId('offline')
  mark(element, 'state', state)
  element.textContent = SAID[state]
  byId('offline-all').hidden = state !== 'page'
}

/** Announces a newer version. It takes over when the user reloads, and never in the middle of a check. */
function watch(registration: ServiceWorkerRegistration, workers: ServiceWorkerContainer): void {
  const announce = (): void => {
    const { waiting } = registration
    // Without a controller, this is the first version.
    if (waiting === null || workers.controller === null) return
    const notice = byId('update')
    notice.hidden = false
    const reload = button('Reload to use it', { 'data-testid': 'update-reload' }, () => {
      workers.addEventListener('controllerchange', () => location.reload(), { once: true })
      waiting.postMessage({ ask: 'activate' } satisfies OfflineQuestion)
    })
    notice.querySelector('button')?.replaceWith(reload)
  }
  announce()
  registration.addEventListener('updatefound', () => {
    const { installing } = registration
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed') announce()
    })
  })
}
