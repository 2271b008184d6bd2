/** Reads the token for writing to a gateway from a file that only its owner can read. */
import { isToken } from '../content/gateway.ts'
import { readPrivateFile, reasonOf } from '../envelope/private-file.ts'
import { UsageError } from './usage.ts'

/** Reads a token. White space around it is ignored. Throws UsageError, which never shows what the file contains. */
export async function readToken(path: string): Promise<string> {
  let token
  try {
    token = (await readPrivateFile(path)).trim()
  } catch (error) {
    throw new UsageError(`the token file ${path} is not read: ${reasonOf(error)}`)
  }
  if (isToken(token)) return token
  throw new UsageError(
    `the file ${path} has no token: it is one line of 1 to 512 letters, digits and -._~+/=`,
    'One is made by: openssl rand -hex 32',
  )
}
