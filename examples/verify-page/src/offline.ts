/** The page without a network: its service worker, what that keeps, and new versions. */
import { button, byId, mark } from './dom.ts'

/** What the service worker is asked. It answers with `OfflineState`. */
export type OfflineQuestion = { readonly ask: 'state' | 'keep' | 'activate' }

/** What works without a network: `page` is the page without what a check needs, `all` is all of it. */
export interface OfflineState {
  readonly kept: 'page' | 'all'
}

/** How long the first check waits for the service worker, in milliseconds. */
const WAIT_MS = 3000

const SAID = {
  none: 'This page needs a network: your browser does not keep it.',
  page: 'Without a network, this page opens but cannot check. What a check needs is kept when one has run.',
  all: 'This page also works without a network.',
} as const

/** The registration of the service worker, as soon as there is one. */
let registered: ServiceWorkerRegistration | undefined

/** The service worker; undefined where there is none, such as over plain HTTP or in a private window. */
function container(): ServiceWorkerContainer | undefined {
  return 'serviceWorker' in navigator && window.isSecureContext ? navigator.serviceWorker : undefined
}

/** Registers the service worker, and shows what it keeps. Errors only mean that nothing is kept. */
export async function startOffline(): Promise<void> {
  const workers = container()
  if (workers === undefined) return show('none')
  byId('offline-all').addEventListener('click', () => ask('keep'))
  workers.addEventListener('message', ({ data }: MessageEvent<OfflineState>) => show(data.kept))
  try {
    const registration = await workers.register('./sw.js', { scope: './' })
    registered = registration
    watch(registration, workers)
    await workers.ready
    ask('state')
  } catch {
    show('none')
  }
}

/** Waits until the service worker controls this page, but not for long, since a check does not depend on it. */
export async function controlled(): Promise<void> {
  const workers = container()
  if (workers === undefined || registered === undefined || workers.controller !== null) return
  await new Promise<void>(resolve => {
    workers.addEventListener('controllerchange', () => resolve(), { once: true })
    setTimeout(resolve, WAIT_MS)
  })
}

/** Keeps all files, now that a check has needed the large ones. */
export function keepUsed(): void {
  ask('keep')
}

function ask(question: OfflineQuestion['ask']): void {
  // It may not control this page yet, if it was installed just now.
  registered?.active?.postMessage({ ask: question } satisfies OfflineQuestion)
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
