/**
 * Well-known imports and what they do, by their exact names. Sources: the preview 1 and `wasi_unstable` interfaces of
 * WebAssembly/WASI, the packages of WASI 0.2, emscripten's `src/lib` and `system/include`, AssemblyScript's
 * `std/assembly/builtins.ts` and `bindings`, Go's `wasm_exec.js`, wasm-bindgen's generated glue, the glue of Ruby's gem `js`, the
 * C library.
 */

/** The effect of an import, for which it is denied. */
export type Effect =
  | 'clock'
  | 'randomness'
  | 'network'
  | 'threads'
  | 'files'
  | 'environment'
  | 'exit'
  | 'waiting'
  | 'output'
  | 'javascript'
  | 'unwinding'
  | 'growth'
  | 'unlinked'

/** The platform that a module was built for, as far as its imports show. */
export type Origin =
  | 'wasi'
  | 'wasi-unstable'
  | 'wasi-threads'
  | 'wasi-0.2'
  | 'assemblyscript'
  | 'emscripten'
  | 'go'
  | 'wasm-bindgen'
  | 'getrandom'
  | 'ruby'
  | 'c'

export type Names = Readonly<Partial<Record<Effect, readonly string[]>>>

/** `wasi_snapshot_preview1`: 46 functions. `wasi_unstable`, its predecessor, has the same but for `sock_accept`. */
// prettier-ignore
export const WASI: Names = {
  clock: ['clock_res_get', 'clock_time_get'],
  randomness: ['random_get'],
  network: ['sock_accept', 'sock_recv', 'sock_send', 'sock_shutdown'],
  environment: ['args_get', 'args_sizes_get', 'environ_get', 'environ_sizes_get'],
  exit: ['proc_exit', 'proc_raise'],
  waiting: ['poll_oneoff'],
  threads: ['sched_yield'],
  files: [
    'fd_advise', 'fd_allocate', 'fd_close', 'fd_datasync', 'fd_fdstat_get', 'fd_fdstat_set_flags', 'fd_fdstat_set_rights',
    'fd_filestat_get', 'fd_filestat_set_size', 'fd_filestat_set_times', 'fd_pread', 'fd_prestat_dir_name', 'fd_prestat_get',
    'fd_pwrite', 'fd_read', 'fd_readdir', 'fd_renumber', 'fd_seek', 'fd_sync', 'fd_tell', 'fd_write',
    'path_create_directory', 'path_filestat_get', 'path_filestat_set_times', 'path_link', 'path_open', 'path_readlink',
    'path_remove_directory', 'path_rename', 'path_symlink', 'path_unlink_file',
  ],
}

/** The interfaces of WASI 0.2. Imports name them as their module, followed by `@` and a version. */
// prettier-ignore
export const WASI_2: Names = {
  clock: ['wasi:clocks/monotonic-clock', 'wasi:clocks/wall-clock', 'wasi:clocks/timezone'],
  randomness: ['wasi:random/random', 'wasi:random/insecure', 'wasi:random/insecure-seed'],
  network: [
    'wasi:sockets/network', 'wasi:sockets/instance-network', 'wasi:sockets/ip-name-lookup', 'wasi:sockets/tcp',
    'wasi:sockets/tcp-create-socket', 'wasi:sockets/udp', 'wasi:sockets/udp-create-socket', 'wasi:http/types',
    'wasi:http/incoming-handler', 'wasi:http/outgoing-handler',
  ],
  environment: ['wasi:cli/environment', 'wasi:config/store'],
  exit: ['wasi:cli/exit'],
  waiting: ['wasi:io/poll'],
  files: [
    'wasi:filesystem/types', 'wasi:filesystem/preopens', 'wasi:io/streams', 'wasi:io/error', 'wasi:cli/stdin', 'wasi:cli/stdout',
    'wasi:cli/stderr', 'wasi:cli/terminal-input', 'wasi:cli/terminal-output', 'wasi:cli/terminal-stdin',
    'wasi:cli/terminal-stdout', 'wasi:cli/terminal-stderr',
  ],
}

/** AssemblyScript's imports from `env`. Profile 1 grants `abort` with AssemblyScript's type. */
// prettier-ignore
export const ASSEMBLYSCRIPT: Names = {
  clock: ['Date.now', 'performance.now', 'console.time', 'console.timeEnd', 'console.timeLog'],
  randomness: ['seed', 'Math.random', 'crypto.getRandomValuesN'],
  environment: ['process.argv', 'process.env'],
  exit: ['process.exit'],
  output: ['trace', 'console.assert', 'console.log', 'console.debug', 'console.info', 'console.warn', 'console.error'],
}

/** Emscripten's imports from `env`. */
// prettier-ignore
export const EMSCRIPTEN: Names = {
  clock: [
    'emscripten_get_now', 'emscripten_get_now_res', '_emscripten_get_now_is_monotonic', 'emscripten_date_now',
    '_emscripten_date_now', 'emscripten_performance_now', '_tzset_js', '_localtime_js', '_gmtime_js', '_mktime_js', '_timegm_js',
  ],
  randomness: ['emscripten_random', '_emscripten_get_random_bytes'],
  network: [
    'emscripten_fetch', 'emscripten_start_fetch', 'emscripten_async_wget', 'emscripten_wget', '__syscall_accept4',
    '__syscall_bind', '__syscall_connect', '__syscall_getpeername', '__syscall_getsockname', '__syscall_getsockopt',
    '__syscall_listen', '__syscall_recvfrom', '__syscall_recvmsg', '__syscall_sendmsg', '__syscall_sendto', '__syscall_socket',
    '__syscall_setsockopt', '__syscall_shutdown', '__syscall_socketpair',
  ],
  threads: [
    '__pthread_create_js', '_emscripten_init_main_thread_js', '_emscripten_thread_mailbox_await',
    '_emscripten_thread_set_strongref', '_emscripten_thread_cleanup', '_emscripten_notify_mailbox_postmessage',
    '_emscripten_receive_on_main_thread_js', 'emscripten_check_blocking_allowed',
  ],
  environment: ['_emscripten_get_progname', 'emscripten_get_heap_max', '__syscall_uname', '__syscall_geteuid32'],
  exit: [
    '_abort_js', 'emscripten_exit_with_live_runtime', 'emscripten_force_exit', '_emscripten_runtime_keepalive_clear',
    '__call_sighandler', '_emscripten_system', '__handle_stack_overflow',
  ],
  waiting: [
    '_setitimer_js', 'emscripten_sleep', 'emscripten_set_main_loop', 'emscripten_async_call', 'emscripten_set_timeout',
    '__syscall_poll', '__syscall__newselect',
  ],
  output: ['emscripten_console_log', 'emscripten_console_warn', 'emscripten_console_error', 'emscripten_out', 'emscripten_err'],
  growth: ['emscripten_resize_heap', 'emscripten_notify_memory_growth'],
  unwinding: [
    '__cxa_throw', '__cxa_rethrow', '__cxa_begin_catch', '__cxa_end_catch', '__cxa_find_matching_catch_2',
    '__cxa_find_matching_catch_3', '__resumeException', 'llvm_eh_typeid_for', '_emscripten_throw_longjmp', 'emscripten_longjmp',
    'getTempRet0', 'setTempRet0',
  ],
  javascript: [
    'emscripten_asm_const_int', 'emscripten_asm_const_ptr', 'emscripten_asm_const_double', 'emscripten_run_script',
    'emscripten_run_script_int', 'emscripten_run_script_string', '_emval_call', '_emval_decref', '_emval_incref',
    '_emval_take_value', '_embind_register_void', '_embind_register_bool', '_embind_register_integer', '_embind_register_bigint',
    '_embind_register_float', '_embind_register_std_string', '_embind_register_std_wstring', '_embind_register_emval',
    '_embind_register_memory_view', '_embind_register_function', '_embind_register_class', '_dlopen_js', '_dlsym_js',
    '_emscripten_dlopen_js', 'emscripten_memcpy_js', '_emscripten_memcpy_js', 'emscripten_memcpy_big',
  ],
  files: [
    '_mmap_js', '_munmap_js', '_msync_js', '__syscall_chdir', '__syscall_chmod', '__syscall_dup', '__syscall_dup3',
    '__syscall_faccessat', '__syscall_fadvise64', '__syscall_fallocate', '__syscall_fchdir', '__syscall_fchmod',
    '__syscall_fchmodat2', '__syscall_fchown32', '__syscall_fchownat', '__syscall_fcntl64', '__syscall_fdatasync',
    '__syscall_fstat64', '__syscall_fstatfs64', '__syscall_ftruncate64', '__syscall_getcwd', '__syscall_getdents64',
    '__syscall_ioctl', '__syscall_lstat64', '__syscall_mkdirat', '__syscall_mknodat', '__syscall_newfstatat',
    '__syscall_openat', '__syscall_pipe', '__syscall_pipe2', '__syscall_readlinkat', '__syscall_renameat', '__syscall_rmdir',
    '__syscall_stat64', '__syscall_statfs64', '__syscall_symlink', '__syscall_symlinkat', '__syscall_truncate64',
    '__syscall_unlinkat', '__syscall_utimensat',
  ],
}

/** Functions of the C library and of compilers, which are imported from `env` if no library with them was linked. */
// prettier-ignore
export const C: Names = {
  clock: ['time', 'clock', 'clock_gettime', 'gettimeofday', 'localtime', 'gmtime', 'mktime'],
  randomness: ['rand', 'srand', 'random', 'srandom', 'arc4random', 'arc4random_buf', 'getentropy', 'getrandom'],
  output: ['printf', 'puts', 'putchar', 'putc', 'fprintf', 'vprintf', 'fwrite', 'fputs', 'fputc', 'write', 'perror'],
  files: ['fopen', 'fclose', 'fread', 'open', 'close', 'read', 'lseek', 'stat', 'fstat', 'mmap', 'munmap'],
  environment: ['getenv', 'setenv'],
  exit: ['exit', '_exit', 'signal', 'raise', 'system', '__assert_fail', '__stack_chk_fail'],
  waiting: ['sleep', 'usleep', 'nanosleep'],
  unwinding: ['setjmp', 'longjmp', '_Unwind_RaiseException', '_Unwind_Resume', '_Unwind_CallPersonality'],
  unlinked: [
    'malloc', 'free', 'calloc', 'realloc', 'aligned_alloc', 'memcpy', 'memmove', 'memset', 'memcmp', 'memchr', 'strlen', 'strcmp',
    'strncmp', 'strcpy', 'strncpy', 'strcat', 'strchr', 'strrchr', 'strstr', 'strdup', 'strtol', 'strtoul', 'strtod', 'atoi',
    'atof', 'qsort', 'bsearch', 'sprintf', 'snprintf', 'vsnprintf', 'sscanf', 'isalpha', 'isdigit', 'isspace', 'tolower',
    'toupper', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'sinh', 'cosh', 'tanh', 'exp', 'exp2', 'expm1', 'log', 'log2',
    'log10', 'log1p', 'pow', 'cbrt', 'fmod', 'fmodf', 'sinf', 'cosf', 'tanf', 'expf', 'logf', 'powf', 'round', 'roundf', 'lround',
    'hypot', 'ldexp', 'frexp', '_Znwm', '_Znaj', '_Znwj', '_ZdlPv', '_ZdaPv', '_ZdlPvm', '__cxa_atexit', '__cxa_pure_virtual',
    '__cxa_guard_acquire', '__cxa_guard_release', '__multi3', '__udivti3', '__umodti3', '__divti3', '__modti3', '__addtf3',
    '__subtf3', '__multf3', '__divtf3', '__extenddftf2', '__trunctfdf2',
  ],
}

/** The hooks of Rust's getrandom crate, imported from `env`. */
// prettier-ignore
export const GETRANDOM: Names = {
  randomness: ['__getrandom_custom', '__getrandom_v02_custom', '__getrandom_v03_custom'],
}

/** Go's imports from `gojs`, or from `go` before Go 1.21. */
// prettier-ignore
export const GO: Names = {
  clock: ['runtime.nanotime1', 'runtime.nanotime', 'runtime.walltime', 'runtime.walltime1', 'runtime.ticks'],
  randomness: ['runtime.getRandomData'],
  output: ['runtime.wasmWrite'],
  exit: ['runtime.wasmExit'],
  waiting: ['runtime.scheduleTimeoutEvent', 'runtime.clearTimeoutEvent', 'runtime.sleepTicks'],
  growth: ['runtime.resetMemoryDataView'],
  javascript: [
    'syscall/js.finalizeRef', 'syscall/js.stringVal', 'syscall/js.valueGet', 'syscall/js.valueSet', 'syscall/js.valueDelete',
    'syscall/js.valueIndex', 'syscall/js.valueSetIndex', 'syscall/js.valueCall', 'syscall/js.valueInvoke',
    'syscall/js.valueNew', 'syscall/js.valueLength', 'syscall/js.valuePrepareString', 'syscall/js.valueLoadString',
    'syscall/js.valueInstanceOf', 'syscall/js.copyBytesToGo', 'syscall/js.copyBytesToJS', 'debug',
  ],
}

/** Imports of wasm-bindgen, without the prefix `__wbg_` and the suffix of `_` and 16 hexadecimal digits. All others call JavaScript as well. */
// prettier-ignore
export const WASM_BINDGEN: Names = {
  clock: ['now', 'getTime', 'new0', 'performance', 'timeOrigin', 'getTimezoneOffset'],
  randomness: ['getRandomValues', 'randomFillSync', 'random', 'crypto', 'msCrypto'],
  network: ['fetch', 'newwithstrandinit', 'XMLHttpRequest'],
  waiting: ['setTimeout', 'clearTimeout', 'setInterval', 'queueMicrotask'],
  output: ['log', 'warn', 'error', 'info', 'debug'],
}
