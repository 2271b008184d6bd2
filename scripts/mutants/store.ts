import { mutantsOf, type Mutant } from './mutant.ts'

const POWER = ['test/faults/power-loss.long.test.ts']
const JOURNALS = ['test/content/journal.test.ts']
const GC = ['test/content/gc.test.ts']

/** Mutants of the store in a folder: blocks that are not on the disk, are lost, or stay for good. */
export const STORE_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/content/journal/writer.ts', POWER, [
    [
      'blocks-are-not-flushed',
      "if (this.#durability === 'always') await handle.datasync()",
      '',
      'A block is not on the disk when it was answered for.',
    ],
    [
      'names-of-journals-are-not-flushed',
      "if (this.#durability === 'always') await syncFolder(this.#folder)",
      '',
      'A new journal may not be on the disk, though blocks in it were answered for.',
    ],
  ]),
  ...mutantsOf('src/content/journal/writer.ts', JOURNALS, [
    [
      'completed-journals-take-blocks',
      'if (sizeOfFile(handle) !== size) {',
      'if (sizeOfFile(handle) === 0) {',
      'A block is written to a journal that another process has completed.',
    ],
    [
      'repeated-blocks-are-written-again',
      'sizeOfFile(journal.handle) <= this.#written',
      'sizeOfFile(journal.handle) === this.#size',
      'A block that is there is written again while others are being written.',
    ],
  ]),
  ...mutantsOf('src/content/journal/scan.ts', POWER, [
    [
      'blocks-after-an-interrupted-flush-count',
      'if (damage !== undefined && found.flushed > damage)',
      'if (damage !== undefined)',
      'A block is found although one before it is not.',
    ],
  ]),
  ...mutantsOf('src/content/journal/scan.ts', JOURNALS, [
    [
      'damage-costs-all-that-follows',
      'if (damage !== undefined && found.flushed > damage)',
      'if (damage !== undefined && found.flushed < 0)',
      'A damaged byte costs all blocks that follow it.',
    ],
  ]),
  ...mutantsOf('src/content/journal/journals.ts', POWER, [
    [
      'journals-are-replaced-before-the-flush',
      'await this.#writer.flush()\n    await rm',
      'await rm',
      'A journal is removed before its blocks are on the disk elsewhere.',
    ],
  ]),
  ...mutantsOf('src/content/fs-store.ts', JOURNALS, [
    [
      'blocks-of-others-are-not-seen',
      'await this.#journals.look()\n      }',
      '}',
      'A block that another process has put is not found.',
    ],
  ]),
  ...mutantsOf('src/content/fs-store.ts', POWER, [
    [
      'large-blocks-overtake-small-ones',
      'await this.#journals.flush()\n        await this.#files.put',
      'await this.#files.put',
      'Of blocks in an order, a large one is on the disk before the small ones in front of it.',
    ],
  ]),
  ...mutantsOf('src/content/gc.ts', GC, [
    [
      'garbage-in-journals-stays',
      'if (!dryRun && (gone > 0 || kept === 0))',
      'if (!dryRun && kept === 0)',
      'Blocks that nothing reaches stay in a journal with others.',
    ],
    [
      'collection-follows-no-links',
      'if (cid.code === RAW || followed.has(`${cid.code}/${key}`)) continue\n',
      'if (cid.code === RAW || reached.size > 0) continue\n',
      'A collection does not follow links.',
    ],
    [
      'journals-are-chosen-after-the-walk',
      'const reached = await reachedFrom(source, roots, signal)',
      'const reached = new Set(await reachedFrom(source, roots, signal)); old.push(...(await journals.before(Infinity)))',
      'Blocks that are put while a collection goes on are removed.',
    ],
  ]),
  ...mutantsOf('src/content/block-files.ts', GC, [
    [
      'blocks-that-are-put-again-stay-old',
      '(await hasContent(path, bytes)) && (await touch(path, bytes))',
      '(await hasContent(path, bytes))',
      'A large block that is put again is removed as if it were old.',
    ],
  ]),
]
