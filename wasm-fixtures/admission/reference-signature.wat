;; expect: admitted -
;; run: takes 0
;; outcome: rejection bad-arguments
;; The module is fine; a call of `takes` is not, since no value of a task is a reference.
(module
  (func (export "takes") (param externref) (result i32) (ref.is_null (local.get 0)))
  (func (export "gives") (result funcref) (ref.null func))
  (func (export "run") (result i32) (i32.const 1))
)
