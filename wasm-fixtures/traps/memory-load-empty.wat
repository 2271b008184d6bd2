;; run: f
;; expect: trap memory-out-of-bounds
;; A memory of no pages has no byte.
(module
  (memory 0)
  (func (export "f") (result i32)
    (i32.load8_u (i32.const 0)))
)
