;; run: f
;; expect: trap table-out-of-bounds
;; Both are out of bounds; elements come first.
(module
  (memory 1)
  (table 1 funcref)
  (data (i32.const 65536) "a")
  (elem (i32.const 1) func $g)
  (func $g)
  (func (export "f")
    nop)
)
