;; run: f 0
;; expect: trap bad-indirect-call
;; An empty slot.
(module
  (table 2 funcref)
  (func (export "f") (param i32)
    (call_indirect (local.get 0)))
)
