;; run: f
;; expect: trap abort
;; What AssemblyScript calls on a failed assertion: message, file, line, column.
(module
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
  (func (export "f")
    (call $abort (i32.const 0) (i32.const 0) (i32.const 12) (i32.const 5))
    unreachable)
)
