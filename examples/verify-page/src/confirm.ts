/** Asks before a large module is prepared. */
import { LARGE_MODULE_BYTES } from './bounds.ts'
import { byId } from './dom.ts'
import { size } from './words.ts'

/** True if a module may be prepared: it is small, or the user says so. */
export function mayPrepare(moduleBytes: number | undefined): Promise<boolean> {
  if (moduleBytes === undefined || moduleBytes <= LARGE_MODULE_BYTES) return Promise.resolve(true)
  const dialog = byId<HTMLDialogElement>('confirm')
  byId('confirm-heading').textContent = 'This is a large module'
  byId('confirm-text').textContent =
    `The module has ${size(moduleBytes)}. Preparing it takes much memory and time, above all on a phone. ` +
    'If there is not enough, the browser may end this tab. Nothing on your device is at risk, and what you have entered here would be lost.'
  dialog.returnValue = 'no'
  dialog.showModal()
  return new Promise(resolve => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true })
  })
}
