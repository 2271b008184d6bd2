;; expect: admitted -
;; AssemblyScript's abort ends the run with a trap.
(module
  (import "env" "abort" (func (param i32 i32 i32 i32)))
  (func (export "run"))
)
