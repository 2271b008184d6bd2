;; run: f -1
;; expect: trap bad-indirect-call
;; An index is unsigned.
(module
  (table 2 funcref)
  (func (export "f") (param i32)
    (call_indirect (local.get 0)))
)
