/** What all checks of a run share. */
import type { Checks } from './checks.ts'
import type { Claims } from './claims.ts'
import type { Browser, LaunchOptions } from './launch.ts'

export interface Context {
  readonly checks: Checks
  readonly claims: Claims
  /** The files for file inputs. */
  readonly files: Files
  /** The folder for downloads of the running browser. */
  readonly downloads: string
  /** The folder of the built page. */
  readonly page: string
  /** The folder of everything that is installed or built. */
  readonly cache: string
  /** True if everything is run, with exact bounds. */
  readonly full: boolean
  /** Starts the browser that is tried now. The caller closes it. */
  launch(options?: LaunchOptions): Promise<Browser>
}

/** A CAR on disk with one claim. */
export interface ClaimPath {
  readonly path: string
  /** The CID of the receipt. */
  readonly cid: string
}

/** Files on disk. */
export interface Files {
  /** The claims, by their names in `Claims`. */
  readonly claims: Readonly<Record<keyof Claims, ClaimPath>>
  /** A CAR that ends within a block. */
  readonly cut: string
  /** A file that is no CAR. */
  readonly garbage: string
  /** A small module, and one of more than 2 MiB. */
  readonly small: string
  readonly large: string
}
