;; run: f 1 3
;; expect: trap table-out-of-bounds
;; Three slots from 1 on.
(module
  (table $t 3 externref)
  (func (export "f") (param i32 i32)
    (table.fill $t (local.get 0) (ref.null extern) (local.get 1)))
)
