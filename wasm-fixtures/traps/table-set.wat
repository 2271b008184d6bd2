;; run: f -1
;; expect: trap table-out-of-bounds
;; An index is unsigned.
(module
  (table $t 3 externref)
  (func (export "f") (param i32)
    (table.set $t (local.get 0) (ref.null extern)))
)
