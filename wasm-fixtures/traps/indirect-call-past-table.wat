;; run: f 2
;; expect: trap bad-indirect-call
;; Past the table: the same code as for an empty slot.
(module
  (table 2 funcref)
  (func (export "f") (param i32)
    (call_indirect (local.get 0)))
)
