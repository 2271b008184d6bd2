;; run: f 1
;; expect: trap bad-indirect-call
;; A tail call through an empty slot.
(module
  (table 2 funcref)
  (func (export "f") (param i32)
    (return_call_indirect (local.get 0)))
)
