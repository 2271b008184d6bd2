/** The programs of wasm-fixtures/wasi, with their inputs and exact results. */
import type { Profile } from '../../src/interface-profile.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { PROFILE_1_VIRTUAL } from '../../src/profile/virtual.ts'

/** Files by name: a text, or the size and SHA-256 of a binary file. */
export type Files = { readonly [name: string]: string | Files }

export interface Case {
  /** The folder of the program in wasm-fixtures/wasi. */
  readonly program: string
  readonly profile: Profile
  /** The arguments after the program's name. */
  readonly args?: readonly string[]
  /** A file of the program's folder. */
  readonly stdin?: string
  /** Folders in the program's folder, by the paths at which the program sees them. */
  readonly mounts?: Readonly<Record<string, string>>
  /** The case whose kept files are inputs of this one. */
  readonly after?: string
  /** The directory that is kept. It exists from the beginning, and is empty unless another case has made it. */
  readonly keep?: string
  readonly comes: { readonly exit: bigint; readonly stdout: string; readonly stderr: string; readonly files?: Files }
}

const DATABASE = 'a database of SQLite is made'

export const CASES: Readonly<Record<string, Case>> = {
  'C++ with streams and a map': {
    program: 'ledger',
    profile: PROFILE_1,
    args: ['/in/a.csv', '/in/b.csv', '/in/none'],
    stdin: 'in/a.csv',
    mounts: { in: 'in' },
    keep: 'out',
    comes: {
      exit: 3n,
      stdout: '2 accounts, 3 lines unread\n',
      stderr:
        '/in/b.csv:2: cannot read "food;oops"\n/in/b.csv:3: cannot read "food;12.125;x"\n/in/none: cannot be opened\n',
      files: { out: { 'balance.txt': 'cash            199.50   4\nrent           -120.00   3\n' } },
    },
  },
  'Rust with serde_json over a directory': {
    program: 'survey',
    profile: PROFILE_1,
    mounts: { data: 'in' },
    keep: 'out',
    comes: {
      exit: 3n,
      stdout: '2 of 3 files read\n',
      stderr: '/data/c.json: EOF while parsing an object at line 2 column 0\n',
      files: {
        out: {
          'summary.json': `[
  {
    "name": "Bo",
    "readings": 3,
    "mean": 20.099999999999998,
    "least": 10.0,
    "most": 30.2,
    "labels": {}
  },
  {
    "name": "Ås",
    "readings": 3,
    "mean": 0.25,
    "least": -3.0,
    "most": 2.25,
    "labels": {
      "height": 12.5,
      "tags": [
        "sea",
        null
      ]
    }
  }
]
`,
        },
      },
    },
  },
  'Go with JSON and templates': {
    program: 'report',
    profile: PROFILE_1_VIRTUAL,
    stdin: 'in/orders.json',
    mounts: { in: 'in' },
    keep: 'out',
    comes: {
      exit: 0n,
      stdout:
        '[{"customer":"Ada","sum":16,"items":["tea","pen"],"last":"2024-03-02"},' +
        '{"customer":"Bob","sum":12.25,"items":["ink"],"last":"2024-01-15"}]\n',
      stderr: '',
      files: {
        out: {
          'report.txt': 'Ada      16.00  tea, pen (last 2024-03-02)\nBob      12.25  ink (last 2024-01-15)\n',
        },
      },
    },
  },
  'Zig with a map, a sort and SHA-256': {
    program: 'lines',
    profile: PROFILE_1_VIRTUAL,
    args: ['pear'],
    mounts: { in: 'in' },
    keep: 'out',
    comes: {
      exit: 0n,
      stdout: '  1 pear apple\n  3 pear tree\n2 of 4 lines, 3 different\n',
      stderr: '',
      files: { out: { 'digest.txt': 'db949cf79017b385a630b56d7cd85c4147ac87724fd846c09f6342f5d0cb98b9' } },
    },
  },
  'QuickJS with a script as a file': {
    program: 'quickjs',
    profile: PROFILE_1_VIRTUAL,
    args: ['-m', '/in/orders.js', '/in/orders.csv', '/out/sums.json'],
    mounts: { in: 'in' },
    keep: 'out',
    comes: {
      exit: 0n,
      stdout:
        'Zoë           999999999.99\nSmith, "Al"        60.00\nBob                59.98\nAda                16.00\n' +
        '6 orders, 4 customers, sha256 ffa3d524c23a3b42a38d91dea54107514a7ad949eaa3824c12d3ee5872e26121 on wasi\n',
      stderr: '',
      files: {
        out: {
          'sums.json':
            '{"digest":"ffa3d524c23a3b42a38d91dea54107514a7ad949eaa3824c12d3ee5872e26121","sums":{"Zoë":"99999999999","Smith, \\"Al\\"":"6000","Bob":"5998","Ada":"1600"}}\n',
        },
      },
    },
  },
  'QuickJS with a script that fails': {
    program: 'quickjs',
    profile: PROFILE_1_VIRTUAL,
    args: ['-m', '/in/orders.js', '/in/none.csv', '/out/sums.json'],
    mounts: { in: 'in' },
    comes: { exit: 2n, stdout: '', stderr: '/in/none.csv: cannot be read\n' },
  },
  'Python with a script as a file': {
    program: 'python',
    profile: PROFILE_1_VIRTUAL,
    args: ['/in/readings.py', '/in/readings.csv', '/out/table.json'],
    mounts: { in: 'in' },
    keep: 'out',
    comes: {
      exit: 0n,
      stdout:
        'Bergen       7.625    8.0\nÅs           2.125    2.8\nOslo, S     -1.350    0.4\n' +
        '6 readings, 3 stations, sha256 4020a31e8ad68a84e0e9feaf5892a392beef4d8690ede4f3364f259a4c1e80ee\n' +
        "16 ['a', 'b', 'c'] wasi\n",
      stderr: '',
      files: {
        out: {
          'table.json':
            '{"sha256": "4020a31e8ad68a84e0e9feaf5892a392beef4d8690ede4f3364f259a4c1e80ee", "stations": [' +
            '{"station": "Bergen", "mean": 7.625, "most": 8.0}, {"station": "Ås", "mean": 2.125, "most": 2.75}, ' +
            '{"station": "Oslo, S", "mean": -1.35, "most": 0.4}]}',
        },
      },
    },
  },
  [DATABASE]: {
    program: 'sqlite',
    profile: PROFILE_1_VIRTUAL,
    args: ['/db/cities.db'],
    stdin: 'in/cities.sql',
    keep: 'db',
    comes: {
      exit: 0n,
      stdout: 'FR|2|2625|Lyon,Paris\nCH|2|312|Bern,Basel\n',
      stderr: '',
      files: {
        db: { 'cities.db': '16384 bytes, sha256 13d9b53ff43a91f300170f7721bd8d942cc85c28e3ded9b35ee2b5eca2b4a050' },
      },
    },
  },
  'a database of SQLite is read and changed': {
    program: 'sqlite',
    profile: PROFILE_1_VIRTUAL,
    args: ['/db/cities.db'],
    stdin: 'in/merge.sql',
    after: DATABASE,
    keep: 'db',
    comes: {
      exit: 1n,
      stdout: 'Paris|2104\nLyon|523\nGenf|203\nBasel|178\nBern|134\nok\n',
      stderr: 'no such column: missing\n',
      files: {
        db: { 'cities.db': '16384 bytes, sha256 f0dda2d3f3090a1665f9a6126a6e403a06395e72cb4d39ebb795b083243c46be' },
      },
    },
  },
}
