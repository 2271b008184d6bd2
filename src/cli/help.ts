/** The text after the options in `--help`. Its lines have up to 80 columns. */
import { EXIT_CODES } from './usage.ts'

export const EXAMPLES = `
Examples:
  ipvm-wasm run add.wasm add 2 -40
      call a function of numbers
  ipvm-wasm run json.wasm census @stations.json
      give it the bytes of a file
  ipvm-wasm run bafkrei… census bafybei…/data.json
      name module and input by CID
  ipvm-wasm run greet.wasm greet World --abi 'assemblyscript(string)->string'
      give AssemblyScript a string
  ipvm-wasm run json.wasm minify @in.json -o out.json
      write the result to a file
  ipvm-wasm run words.wasm --dir ./texts:/in --keep /out -- 10
      run a program of C, Rust or Go with files
  ipvm-wasm run json.wasm census @in.json --out receipt.car
  ipvm-wasm verify receipt.car
      write the receipt, and check it by running the task again
  ipvm-wasm workflow pipeline.json
      run several tasks, of which some need what others came to

${EXIT_CODES}
`

export const RUN_HELP = `
Arguments:
  42 -7 0xff 4_000_000_000 3e9
              integers; an unsigned one becomes the signed one of the same bits
  1.5 -3e-7 0x1.8p3 inf nan nan:0x7
              floats, rounded once, to nearest
  i32x4:1,2,3,4
              vectors of any shape; or 0x and 32 digits, the lowest byte last
  text        a string, or its UTF-8 where the function takes bytes
  @file  -    the bytes of a file, of standard input; text where it takes text
  bafybei…    content, named by its CID, or by a path from one: bafybei…/data/in
  @@home      text that begins with @
  -- -x       text that begins with -: write -- in front of all arguments

With --params the parameters are given whole, as they stand in the task: a list
in dag-json, or @file with one, - for standard input. Integers, text, null, true
and false are as in JSON, {"/": {"bytes": "AQID"}} is the bytes of a base 64,
{"/": "bafybei…"} a link; lists and maps hold such values.

Up to 1024 bytes stand in the task itself. Longer ones are added to the store,
and the task links to them.

ABIs:
  core        numbers in, numbers out
  bytes       bytes in, bytes out. The module exports memory and
              ipvm_alloc(length) → pointer. The function takes a pointer and a
              length for each argument, and returns pointer << 32 | length
  assemblyscript(T,…)->R
              values of AssemblyScript; assemblyscript alone where the types
              can be told from the call
  wasi        a program, which exports _start and imports WASI. All arguments
              go to it as texts; the result is its exit code, what it wrote,
              and the files that were kept
Without --abi it is wasi if the module exports _start, bytes if module and
function have that form, and else core. The task always states the ABI.

Programs:
  ipvm-wasm run prog.wasm --dir ./data:/data --env LANG=C --stdin in.txt
                          --keep /out -- arg1 -v
  --dir WHAT:/PLACE puts a folder, a file or a CID at a place among its files;
  without a place it is the root. --keep names what it leaves as part of the
  result: get it with ipvm-wasm get CID/out/file. Its first argument, argv[0],
  is "program". Write -- in front of arguments that begin with -.
  --profile virtual runs programs that ask for the time or for randomness. Both
  are functions of the task: the time is none, and the randomness is public,
  never fit for keys.

${EXIT_CODES}
`

export const WORKFLOW_HELP = `
The file is a workflow in dag-json or dag-cbor, or the CID of one:
  { "tasks": {
    "sum":   { "run": { "cmd": "/wasm/run", "args": { "mod": "add.wasm",
               "fun": "add", "abi": "core", "params": [2, 40] } } },
    "twice": { "run": { "cmd": "/wasm/run", "args": { "mod": "add.wasm",
               "fun": "add", "abi": "core", "params": [
                 {"await/ok": ["sum", 0]}, {"await/ok": ["sum", 0]}] } } } } }

mod         a file in the folder of the workflow, or a CID, or a path from one
{"await/ok": "a"}
            the result of the task a; it runs if a has a result
{"await/error": "a"}
            the rejection or trap of a; it runs if a has one
{"await/*": "a"}
            either, as {"ok": …} or {"error": …}
{"await/ok": ["a", 0]}
            a part of it: here the first number of a list. Texts are keys of
            maps and names in directories: ["build", "files", "out/a.wasm"]
"after": ["a"]
            beside "run": comes after the task a, and needs nothing of it

Tasks that wait for none run at once. A task whose receipt is known is not run
again, so a workflow that was interrupted goes on where it was.

A workflow of homestar is read, too; --abi states the ABI of its calls. Its
tasks have the labels t0, t1 and so on.

${EXIT_CODES}
`

export const VERIFY_HELP = `
One receipt is reported in full. Of several, the refuted ones are listed with
their fields, and a table counts what they came to; --json names all that were
not reproduced. A CAR has one receipt for each of its roots. Of a folder, the
files that end in .car are read. The exit code is that of the worst receipt:
1 if one is refuted, else 2 if one ended in a fault, else 3 if one is undecided.

--timeout bounds each receipt, --total-timeout the whole command. If the whole
time is over, or the command is interrupted, the table counts what was verified
until then, and says what is left. The exit code is then 1 if a receipt is
refuted, else 2; after an interruption it is 130.

${EXIT_CODES}
`

export const COMPLETION_HELP = `
bash: add to ~/.bashrc:  source <(ipvm-wasm completion bash)
zsh:  ipvm-wasm completion zsh > DIR/_ipvm-wasm, in a folder DIR of $fpath
fish: ipvm-wasm completion fish > ~/.config/fish/completions/ipvm-wasm.fish
`

export const WORKER_HELP = `
A worker reads tasks and modules from its store, and from --gateway what the
store lacks. Results go into the store, or with --put to a gateway that takes
blocks, such as ipvm-wasm serve. On one machine all use the same --store.

It stops at SIGTERM when it has answered the tasks that it has. At SIGINT (^C)
it gives them back to the queue.

It needs two packages beside this one: npm install bullmq@6.7.0 ioredis@5.11.1
`

export const FARM_HELP = `
Actions:
  status      the lanes with what waits on them, and the workers with what
              judgements have said of them
  transcript  who ran a task, who signed, what differed, how it was settled;
              with -o also as a CAR that a third party can check
  check       checks such a CAR without the farm: signatures, settlement, and,
              by running the task again, which receipts are true
`
