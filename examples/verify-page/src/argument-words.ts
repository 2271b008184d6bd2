/** The arguments of a task as a person reads them. */
import { describeValue, type Param } from 'ipvm-wasm'
import { readable, showNumber, valueLines } from 'ipvm-wasm/words'
import { CID } from 'multiformats/cid'
import { size } from './words.ts'

/** The greatest length of an argument in the document. */
const LONGEST = 400

/** One argument under an ABI, as text. */
export function argumentText(param: Param, abi: string): string {
  const link = CID.asCID(param)
  if (link !== null) return `the content of ${link}`
  if (abi === 'core' && (typeof param === 'bigint' || param instanceof Uint8Array)) return showNumber(param)
  if (param instanceof Uint8Array) {
    const text = readable(param)
    return `${text === undefined ? describeValue(param) : quoted(text)} (${size(param.length)})`
  }
  if (typeof param === 'string') return quoted(param)
  if (typeof param !== 'object' || param === null) return String(param)
  return valueLines(param, { lines: 40 }).join('\n')
}

function quoted(text: string): string {
  return text.length <= LONGEST ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, LONGEST))} …`
}
