/** The page: its two views, and what happens when it is opened. */
import { startOffline } from './offline.ts'
import { startRouter } from './router.ts'
import { startRunView } from './run-view.ts'
import { startVerifyView } from './verify-view.ts'

const { verify } = startVerifyView()
const { show } = startRouter()
startRunView(source => {
  show('verify')
  void verify(source)
})
void startOffline()
document.documentElement.dataset['ready'] = 'true'
