;; run: f 0
;; expect: trap bad-indirect-call
;; The function in the slot takes nothing, the call gives an i64.
(module
  (table funcref (elem $g))
  (func $g)
  (func (export "f") (param i32)
    (call_indirect (param i64) (i64.const 1) (local.get 0)))
)
