import { mutantsOf, type Mutant } from './mutant.ts'

const FILES = ['test/host/wasi/files.test.ts']
const PATHS = ['test/host/wasi/paths.test.ts']
const PROGRAM = ['test/host/wasi/program.test.ts']
const VIRTUAL = ['test/host/wasi/virtual.test.ts']
/** Generated programs, which an interpreter with functions of WASI of its own runs as well. */
const ORACLE = ['test/properties/wasi.test.ts']

/** Mutants of the functions of WASI. */
export const WASI_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/host/wasi/guest-access.ts', PROGRAM, [
    [
      'range-beyond-the-memory-is-clamped',
      '(pointer >>> 0) + length > this.memory.length',
      '(pointer >>> 0) > this.memory.length',
      'A range that ends beyond the memory is clamped.',
    ],
  ]),
  ...mutantsOf('src/base/text.ts', PROGRAM, [
    ['environment-is-in-utf16-order', 'isSurrogate(x) ? 1 : -1', 'x - y', 'The environment is in the order of UTF-16.'],
  ]),
  ...mutantsOf('src/host/wasi/steps/arguments.ts', PROGRAM, [
    ['arguments-have-no-nul', 'guest.writeU8(at + text.length, 0)', '', 'No NUL is written after an argument.'],
  ]),
  ...mutantsOf('src/host/wasi/steps/files.ts', PROGRAM, [
    [
      'full-stream-drops-bytes',
      "if (length === 0 && buffers.length > 0) refuse('nospc')",
      ';',
      'Writing to a full stream succeeds.',
    ],
    [
      'buffer-beyond-the-memory-is-clamped',
      'guest.check(pointer, size)',
      '',
      'A buffer that exceeds the memory is clamped.',
    ],
  ]),
  ...mutantsOf('src/host/wasi/descriptors.ts', FILES, [
    [
      'descriptor-numbers-are-not-reused',
      'this.#lowest = Math.min(this.#lowest, fd >>> 0)',
      '',
      'The number of a closed descriptor is not used again.',
    ],
  ]),
  ...mutantsOf('src/host/wasi/content.ts', FILES, [
    [
      'cut-off-bytes-come-back',
      'this.#inputReach = Math.min(this.#inputEnd, size)',
      '',
      'A file that is made shorter and then longer has its old bytes.',
    ],
    [
      'copied-pages-are-free',
      'guest.charge(ITEM + copied)',
      'guest.charge(ITEM)',
      "Copying bytes of the task's file is not charged.",
    ],
    ['copied-pages-take-no-space', 'const copy = replaces ? PAGE : 0', 'const copy = 0', 'Copied pages take no space.'],
  ]),
  ...mutantsOf('src/host/wasi/state.ts', FILES, [
    [
      'space-of-open-files-is-released-twice',
      'if (links === 0 && open === 0)',
      'if (links === 0)',
      'The space of a file is released while it is open, and again when it is closed.',
    ],
  ]),
  ...mutantsOf('src/host/wasi/paths.ts', PATHS, [
    [
      'paths-may-leave-their-directory',
      "if (directory === base) refuse('perm')",
      ';',
      'A path leads above its descriptor.',
    ],
    [
      'one-symbolic-link-too-many',
      '++links > MAX_LINKS',
      'links++ > MAX_LINKS',
      'One symbolic link too many is followed.',
    ],
    [
      'slash-after-a-file-name-is-ignored',
      "way.endsWith('/')",
      'false',
      'A slash after the name of a file is ignored.',
    ],
  ]),
  ...mutantsOf('src/host/wasi/nodes.ts', PATHS, [
    [
      'names-in-directories-are-not-checked',
      '!isName(name) || entries.has(name)',
      'entries.has(name)',
      'A directory of the task may have an entry called `..`.',
    ],
  ]),
  ...mutantsOf('src/host/wasi/steps/paths.ts', PATHS, [
    [
      'directory-may-move-into-itself',
      "if (node.kind === 'directory' && isWithin(guest, next.directory, node)) refuse('inval')",
      '',
      'A directory can be moved into itself.',
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
    ['clock-goes-back', 'if (instant > this.#now) this.#now', 'this.#now', 'A past deadline sets the clock back.'],
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
