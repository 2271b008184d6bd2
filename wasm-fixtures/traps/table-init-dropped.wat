;; run: f
;; expect: trap table-out-of-bounds
;; A segment that was dropped has no references.
(module
  (table $t 3 funcref)
  (elem $e func 0)
  (func (export "f")
    (elem.drop $e)
    (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1)))
)
