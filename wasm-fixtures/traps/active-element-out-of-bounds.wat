;; run: f
;; expect: trap table-out-of-bounds
;; Two references at slot 1 of two.
(module
  (table 2 funcref)
  (elem (i32.const 1) func $g $g)
  (func $g)
  (func (export "f")
    nop)
)
