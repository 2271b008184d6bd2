;; run: f 0 2 2
;; expect: trap table-out-of-bounds
;; Two slots from 2 on, in the source.
(module
  (table $t 3 funcref)
  (func (export "f") (param i32 i32 i32)
    (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
)
