/** What all checks of a run share. */
import type { Checks } from './checks.ts'
import type { Claims } from './claims.ts'
import type { Browser, LaunchOptions } from './launch.ts'

export interface Context {
  readonly checks: Checks
  readonly claims: Claims
  /** The paths of the files of claims and modules, for file inputs. */
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

/** Paths of files on disk. */
export interface Files {
  /** CARs with a claim. */
  readonly good: string
  readonly lie: string
  readonly otherResult: string
  readonly program: string
  readonly endless: string
  /** A CAR that ends within a block, and a file that is no CAR. */
  readonly cut: string
  readonly garbage: string
  /** Modules. */
  readonly small: string
  readonly spin: string
  /** A module of more than 2 MiB. */
  readonly large: string
}
