;; run: f 0
;; expect: trap bad-indirect-call
;; A tail call to a function of another type.
(module
  (table funcref (elem $g))
  (func $g (param i32))
  (func (export "f") (param i32)
    (return_call_indirect (local.get 0)))
)
