;; run: f 3
;; expect: trap table-out-of-bounds
;; The table has three slots.
(module
  (table $t 3 externref)
  (func (export "f") (param i32) (result i32)
    (ref.is_null (table.get $t (local.get 0))))
)
