/**
 * The host function `ipvm/log@1`: `log(pointer, length)` appends a range of the guest's memory to the logs
 * (docs/spec/profile.md, PROFILE-31).
 */
import type { HostModule } from './host-module.ts'

export const functions: HostModule<undefined>['functions'] = {
  'ipvm/log@1': {
    type: 'ii:',
    run: (call, _, pointer: number, length: number) => call.sink('logs').append(call.range(pointer, length)),
  },
}
