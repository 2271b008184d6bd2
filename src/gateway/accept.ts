/** Which form of an answer a request asks for: a block, or a CAR (docs/spec/gateway.md, SERVE-3). */
import { Refusal } from './refusal.ts'

/** The media types that are answered with. */
export const RAW_TYPE = 'application/vnd.ipld.raw'
export const CAR_TYPE = 'application/vnd.ipld.car'

/** The type of a CAR with the parameters that all CARs of this gateway have. */
export const CAR_TYPE_WHOLE = `${CAR_TYPE}; version=1; order=dfs; dups=n`

export type Format = 'raw' | 'car'

/** The parameters of a CAR, and the values that are accepted. The first one is the value of each answer. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  version: ['1'],
  order: ['dfs', 'unk'],
  dups: ['n'],
}

interface Range {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
  readonly quality: number
}

/**
 * Chooses the form of an answer. The parameter `format` of the URL precedes the header Accept, and the parameters `car-version`,
 * `car-order` and `car-dups` precede those of the header.
 *
 * @throws Refusal 400 if nothing is asked for, 406 if it is nothing that this gateway makes
 */
export function formatOf(query: URLSearchParams, accept: string | null): Format {
  const ranges = rangesOf(accept ?? '')
  const named = query.get('format')
  if (named !== null) {
    if (named === 'raw') return 'raw'
    if (named !== 'car') throw notMade(`"${named}"`)
    const cars = ranges.filter(({ type }) => type === CAR_TYPE)
    const parameters = cars.find(({ parameters }) => misfit(query, parameters) === undefined) ?? cars[0]
    requireFit(query, parameters?.parameters ?? new Map())
    return 'car'
  }
  if (accept === null || accept.trim() === '') {
    throw new Refusal(400, `say which form you want: ?format=raw or ?format=car, or an Accept header`)
  }
  const known = ranges.filter(({ type, quality }) => quality > 0 && (type === RAW_TYPE || type === CAR_TYPE))
  const [best] = known
    .filter(({ type, parameters }) => type === RAW_TYPE || misfit(query, parameters) === undefined)
    .sort((a, b) => b.quality - a.quality)
  if (best !== undefined) return best.type === RAW_TYPE ? 'raw' : 'car'
  if (known.length > 0) requireFit(query, known[0]!.parameters)
  throw notMade(`"${accept}"`)
}

function notMade(asked: string): Refusal {
  const message = `${asked} is not served: this gateway interprets no content. It answers with ${RAW_TYPE} (?format=raw) and ${CAR_TYPE} (?format=car)`
  return new Refusal(406, message)
}

function requireFit(query: URLSearchParams, parameters: ReadonlyMap<string, string>): void {
  const odd = misfit(query, parameters)
  if (odd === undefined) return
  throw new Refusal(406, `a CAR with ${odd} is not served: this gateway answers with ${CAR_TYPE_WHOLE}`)
}

/** The first parameter whose value is not accepted, for people. */
function misfit(query: URLSearchParams, parameters: ReadonlyMap<string, string>): string | undefined {
  for (const [name, accepted] of Object.entries(PARAMETERS)) {
    const value = query.get(`car-${name}`) ?? parameters.get(name)
    if (value !== undefined && value !== '' && !accepted.includes(value)) return `${name}=${value}`
  }
  return undefined
}

/** The media ranges of an Accept header, in their order. Parts that are none are left out. */
function rangesOf(accept: string): Range[] {
  return accept.split(',').flatMap(part => {
    const [type = '', ...rest] = part.split(';').map(piece => piece.trim().toLowerCase())
    if (type === '') return []
    const parameters = new Map(
      rest.map(piece => {
        const at = piece.indexOf('=')
        return at < 0
          ? [piece, '']
          : [
              piece.slice(0, at).trim(),
              piece
                .slice(at + 1)
                .trim()
                .replaceAll('"', ''),
            ]
      }),
    )
    const quality = Number(parameters.get('q') ?? 1)
    return [{ type, parameters, quality: Number.isFinite(quality) ? quality : 0 }]
  })
}
