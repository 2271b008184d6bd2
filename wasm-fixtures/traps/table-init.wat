;; run: f 0 1 2
;; expect: trap table-out-of-bounds
;; The segment has two references.
(module
  (table $t 3 funcref)
  (elem $e func 0 0)
  (func (export "f") (param i32 i32 i32)
    (table.init $t $e (local.get 0) (local.get 1) (local.get 2)))
)
