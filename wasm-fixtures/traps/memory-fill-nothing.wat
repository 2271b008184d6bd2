;; run: f 65537
;; expect: trap memory-out-of-bounds
;; Even no bytes must lie within the memory.
(module
  (memory 1)
  (func (export "f") (param i32)
    (memory.fill (local.get 0) (i32.const 9) (i32.const 0)))
)
