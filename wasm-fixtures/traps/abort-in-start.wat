;; run: f
;; expect: trap abort
;; The start function calls it.
(module
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
  (func $s (call $abort (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
  (start $s)
  (func (export "f")
    nop)
)
