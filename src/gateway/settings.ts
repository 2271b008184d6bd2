/** The options of a gateway, and their defaults (docs/spec/gateway.md, SERVE-12 and SERVE-13). */
import { checkTime } from '../base/deadline.ts'
import { badUsage, count, fields, optionalFunction, withMethods } from '../base/usage.ts'
import { MAX_BLOCK_BYTES, MAX_TOTAL_BYTES } from '../content/block.ts'
import { MAX_CAR_BLOCKS } from '../content/car.ts'
import { isToken } from '../content/gateway.ts'
import type { BlockStore } from '../interface.ts'

/** Options of `createGateway`. */
export interface CreateGatewayOptions {
  /** The blocks that are served, and the store for those that are written. */
  readonly store: BlockStore
  /**
   * The bearer token with which blocks can be written: 1 to 512 characters of RFC 6750, such as 64 random hexadecimal digits.
   * Without one, nothing can be written.
   */
  readonly token?: string | undefined
  /** The greatest size of a block that is served or taken, in bytes. Default 2 MiB, the largest block that IPFS nodes exchange. */
  readonly maxBlockBytes?: number | undefined
  /** The greatest number of bytes of blocks in a response. Default 256 MiB. */
  readonly maxBytes?: number | undefined
  /** The greatest number of blocks in a response, and in a CAR that is taken. Default 65 536. */
  readonly maxBlocks?: number | undefined
  /** The greatest size of a CAR that is taken, in bytes. It is held in memory. Default 32 MiB. */
  readonly maxUploadBytes?: number | undefined
  /** The number of requests that are answered at once. More are refused with 503. Default 64. */
  readonly maxRequests?: number | undefined
  /** The time of a request, from its head to the last byte of its response, in milliseconds below 2³¹. Default ten minutes. */
  readonly timeoutMs?: number | undefined
  /** Called with each error that is the gateway's own, such as that of a disk. Clients are not told what it says. */
  readonly onFault?: ((error: unknown) => void) | undefined
}

/** The options with their defaults. */
export interface Settings {
  readonly store: BlockStore
  readonly token: string | undefined
  readonly maxBlockBytes: number
  readonly maxBytes: number
  readonly maxBlocks: number
  readonly maxUploadBytes: number
  readonly maxRequests: number
  readonly timeoutMs: number
  readonly onFault: (error: unknown) => void
}

const MIB = 1024 * 1024

/** The default time of a request: ten minutes, in milliseconds. */
export const TIMEOUT_MS = 600_000

/** Checks the options. Throws Fault bad-usage, bad-limits. */
export function settingsOf(options: CreateGatewayOptions): Settings {
  const { store, token, onFault = () => {}, timeoutMs = TIMEOUT_MS } = fields(options, 'options')
  withMethods(store, 'store', token === undefined ? ['get'] : ['get', 'put'])
  if (token !== undefined && !isToken(token))
    throw badUsage('token', 'text of 1 to 512 letters, digits and -._~+/=', token)
  optionalFunction(onFault, 'onFault')
  checkTime(timeoutMs)
  const bound = (name: Bound, value: number): number => {
    const given = options[name] ?? value
    count(given, name, 1)
    return given
  }
  return {
    store,
    token,
    maxBlockBytes: bound('maxBlockBytes', MAX_BLOCK_BYTES),
    maxBytes: bound('maxBytes', MAX_TOTAL_BYTES),
    maxBlocks: bound('maxBlocks', MAX_CAR_BLOCKS),
    maxUploadBytes: bound('maxUploadBytes', 32 * MIB),
    maxRequests: bound('maxRequests', 64),
    timeoutMs,
    onFault,
  }
}

type Bound = 'maxBlockBytes' | 'maxBytes' | 'maxBlocks' | 'maxUploadBytes' | 'maxRequests'
