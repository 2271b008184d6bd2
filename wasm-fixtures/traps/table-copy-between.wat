;; run: f 0 0 3
;; expect: trap table-out-of-bounds
;; The other table has two slots.
(module
  (table $t 2 funcref)
  (table $u 5 funcref)
  (func (export "f") (param i32 i32 i32)
    (table.copy $t $u (local.get 0) (local.get 1) (local.get 2)))
)
