;; run: f
;; expect: ok -1 1
;; Refused by the module itself.
(module
  (table $t 1 3 funcref)
  (func (export "f") (result i32 i32)
    (table.grow $t (ref.null func) (i32.const 3))
    (table.size $t))
)
