;; run: f
;; expect: trap abort
;; The import is called through the table.
(module
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
  (table funcref (elem $abort))
  (func (export "f")
    (call_indirect (param i32 i32 i32 i32) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 0)))
)
