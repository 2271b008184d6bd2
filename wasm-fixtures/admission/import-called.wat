;; expect: import wasi_snapshot_preview1.clock_time_get
;; Under a profile with trap-on-call `run` traps with denied-import.
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (func (export "run") (result i32) (call $clock (i32.const 0) (i64.const 0) (i32.const 8)))
)
