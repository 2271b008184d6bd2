/** The controls of work that takes a while. */
import { expect, test } from 'vitest'
import { WorkView } from '../../examples/verify-page/src/work-view.ts'
import { named, useDocument } from './document.ts'

const NAMES = { begin: 'begin', cancel: 'cancel', progress: 'progress' }

test('work that is given up says so beside its button, until it is cleared', async () => {
  const element = useDocument('<div id="work"></div>').getElementById('work')!
  const view = new WorkView(element, 'Begin', NAMES, async ({ signal, say }) => {
    say('run')
    await new Promise(resolve => signal.addEventListener('abort', resolve))
    return 'It was given up.'
  })
  const progress = named(element, 'progress')
  view.begin()
  expect([view.busy, progress.dataset['stage'], progress.textContent]).toEqual([
    true,
    'run',
    expect.stringMatching(/…$/),
  ])
  view.clear()
  expect(progress.textContent).toMatch(/…$/)
  named(element, 'cancel').click()
  await expect.poll(() => view.busy).toBe(false)
  expect([progress.dataset['stage'], progress.textContent]).toEqual([undefined, 'It was given up.'])
  view.clear()
  expect(progress.textContent).toBe('')
})
