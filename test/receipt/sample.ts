import { CID } from 'multiformats/cid'
import { encodeStrict, linkOf } from '../../src/base/dag-cbor.ts'
import type { Out, Receipt } from '../../src/interface.ts'

export { faultOf } from '../task/fault.ts'

export const TASK = linkOf(encodeStrict('task'))
export const OTHER_TASK = linkOf(encodeStrict('other task'))
export const PROFILE = linkOf(encodeStrict('profile'))
export const OTHER_PROFILE = linkOf(encodeStrict('other profile'))
export const DATA = CID.parse('bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')

export const OK: Out = { ok: [3n] }
export const REJECTED: Out = { error: { kind: 'rejection', code: 'import', subject: 'env.now', offset: 12 } }
export const OVER_PAGES: Out = { error: { kind: 'rejection', code: 'limit', subject: 'pages' } }
export const TRAPPED: Out = { error: { kind: 'trap', code: 'divide-by-zero' } }
export const OUT_OF_GAS: Out = { error: { kind: 'trap', code: 'out-of-gas' } }

/** A receipt whose fields agree with its outcome. */
export function receiptOf(out: Out = OK, meta: Partial<Receipt['meta']> = {}, ran = TASK): Receipt {
  const visible = !('error' in out) || (out.error.kind === 'trap' && out.error.code !== 'out-of-gas')
  const gasUsed = visible ? 70n : out === OUT_OF_GAS ? 100n : 0n
  return {
    ran,
    out,
    meta: {
      profile: PROFILE,
      limits: { gas: 100n, pages: 16 },
      gasUsed,
      peakPages: visible ? 2 : 0,
      growRefused: false,
      ...meta,
    },
  }
}
