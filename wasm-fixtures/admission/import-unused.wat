;; expect: import wasi_snapshot_preview1.clock_time_get
;; Denied by default even though nothing calls it; a profile with trap-on-call lets it in.
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
  (func (export "run") (result i32) (i32.const 42))
)
