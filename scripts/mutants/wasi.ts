import { mutantsOf, type Mutant } from './mutant.ts'

const FILES = ['test/host/wasi/files.test.ts']
const PATHS = ['test/host/wasi/paths.test.ts']
const PROGRAM = ['test/host/wasi/program.test.ts']
const VIRTUAL = ['test/host/wasi/virtual.test.ts']
/** Generated programs, which an interpreter with functions of WASI of its own runs as well. */
const ORACLE = ['test/properties/wasi.test.ts']

/** What programs see of the world. */
export const WASI_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/host/wasi/guest-access.ts', PROGRAM, [
    [
      'ranges-may-end-beyond-the-memory',
      '(pointer >>> 0) + length > this.memory.length',
      '(pointer >>> 0) > this.memory.length',
      'A range that ends beyond the memory is clamped.',
    ],
  ]),
  ...mutantsOf('src/base/text.ts', PROGRAM, [
    ['names-are-in-order-of-utf16', 'isHalf(x) ? 1 : -1', 'x - y', 'The environment is in the order of UTF-16.'],
  ]),
  ...mutantsOf('src/host/wasi/steps/arguments.ts', PROGRAM, [
    ['texts-have-no-nul', 'guest.writeU8(at + text.length, 0)', '', 'What was in the memory stands after an argument.'],
  ]),
  ...mutantsOf('src/host/wasi/steps/files.ts', PROGRAM, [
    [
      'a-full-stream-loses-bytes',
      "if (length === 0 && buffers.length > 0) refuse('nospc')",
      ';',
      'Writing to a full stream succeeds.',
    ],
    ['buffers-are-not-checked', 'guest.check(pointer, size)', '', 'A buffer outside of the memory is cut off.'],
  ]),
  ...mutantsOf('src/host/wasi/descriptors.ts', FILES, [
    [
      'descriptors-are-not-used-again',
      'this.#lowest = Math.min(this.#lowest, fd >>> 0)',
      '',
      'A number that is free is not given out again.',
    ],
  ]),
  ...mutantsOf('src/host/wasi/content.ts', FILES, [
    [
      'cut-off-bytes-come-back',
      'this.#inputEnd = Math.min(this.#inputEnd, size)',
      '',
      'A file that is lengthened again has its old bytes.',
    ],
    [
      'own-pages-cost-nothing',
      'guest.charge(ITEM + copied)',
      'guest.charge(ITEM)',
      'Bytes of the task that are copied are not paid for.',
    ],
    ['replaced-pages-take-no-space', 'const copy = replaces ? PAGE : 0', 'const copy = 0', 'Own pages take no space.'],
  ]),
  ...mutantsOf('src/host/wasi/state.ts', FILES, [
    [
      'open-files-are-given-back',
      'if (links === 0 && open === 0)',
      'if (links === 0)',
      'A file gives its space back while it is open, and once more when it is closed.',
    ],
  ]),
  ...mutantsOf('src/host/wasi/paths.ts', PATHS, [
    [
      'paths-leave-their-directory',
      "if (directory === base) refuse('perm')",
      ';',
      'A path leads above its descriptor.',
    ],
    ['too-many-links', '++links > MAX_LINKS', 'links++ > MAX_LINKS', 'One more symbolic link is followed than may be.'],
    ['slashes-at-the-end-do-not-matter', "way.endsWith('/')", 'false', 'A file is found under a name with a slash.'],
  ]),
  ...mutantsOf('src/host/wasi/nodes.ts', PATHS, [
    [
      'names-of-the-task-are-believed',
      '!isName(name) || entries.has(name)',
      'entries.has(name)',
      'A directory of the task may have an entry called `..`.',
    ],
  ]),
  ...mutantsOf('src/host/wasi/steps/paths.ts', PATHS, [
    [
      'directories-move-into-themselves',
      "if (node.kind === 'directory' && isWithin(guest, next.directory, node)) refuse('inval')",
      '',
      'A directory is moved below itself, where nobody finds it.',
    ],
  ]),
  ...mutantsOf('src/host/wasi/steps/directories.ts', PATHS, [
    [
      'listings-skip-entries',
      'if (cookie === 0n) directory.listing = undefined',
      'directory.listing = undefined',
      'Removing entries while they are listed makes the listing skip others.',
    ],
  ]),
  ...mutantsOf('src/host/wasi/clock.ts', VIRTUAL, [
    [
      'the-clock-goes-back',
      'if (instant > this.#now) this.#now',
      'this.#now',
      'A deadline that is past sets the clock back.',
    ],
  ]),
  ...mutantsOf('src/host/wasi/randomness.ts', VIRTUAL, [
    ['randomness-repeats', 'this.#next++', '0n', 'Randomness repeats after 32 bytes.'],
  ]),
  ...mutantsOf('src/host/wasi/steps/files.ts', ORACLE, [
    [
      'lists-of-buffers-cost-a-unit-less',
      'guest.charge(ITEM * count)',
      'guest.charge(ITEM * count - Math.min(1, count))',
      'A list of buffers costs a unit less.',
    ],
  ]),
  ...mutantsOf('src/host/wasi/steps/directories.ts', ORACLE, [
    ['entries-are-listed-for-nothing', 'guest.charge(ITEM)\n', '\n', 'An entry that is listed costs its bytes alone.'],
  ]),
  ...mutantsOf('src/host/wasi/finish.ts', ORACLE, [
    ['kept-bytes-cost-nothing', 'this.#guest.charge(content.size)', ';', 'Bytes of files that are kept are free.'],
  ]),
]
