import type { Pass } from '../../edit/edit.ts'
import { canonicalize } from './canonicalize.ts'
import { observedNans } from './observed-nans.ts'

/** Makes the NaNs canonical whose bits are observed, and leaves all others as the processor produced them. */
export const canonicalizeObservedNan: Pass = {
  name: 'canonicalize-observed-nan',
  function(edit) {
    for (const { slot, shape } of observedNans(edit).nans) canonicalize(edit, slot, shape)
  },
}
