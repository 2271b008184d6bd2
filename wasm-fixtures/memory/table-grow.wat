;; run: f
;; expect: ok 1 6
;; The old size, then the new one.
(module
  (table $t 1 funcref)
  (func (export "f") (result i32 i32)
    (table.grow $t (ref.null func) (i32.const 5))
    (table.size $t))
)
