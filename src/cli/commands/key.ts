import { readKeyFile, writeKeyFile } from '../../envelope/key-file.ts'
import { generateKey } from '../../envelope/key.ts'
import type { Context } from '../context.ts'
import { bold } from '../terminal.ts'
import { EXIT } from '../usage.ts'

/** The actions of the command `key`: make a key, or print the DID of one. */
export type KeyAction = 'new' | 'show'

/** Makes a key in a new file, or reads an existing one, and prints its DID. The secret is never printed. */
export async function key(context: Context, action: KeyAction, file: string): Promise<number> {
  const found = action === 'new' ? await generateKey() : await readKeyFile(file)
  if (action === 'new') await writeKeyFile(file, found)
  await context.answer({ did: found.did, file }, output => {
    output.line(bold(found.did))
    if (action === 'new')
      output.note(`${file}: a new key, readable by you alone. Whoever reads it can sign in your name.`)
  })
  return EXIT.done
}
