;; run: f -1
;; expect: trap memory-out-of-bounds
;; An address is unsigned.
(module
  (memory 1)
  (func (export "f") (param i32) (result i32)
    (i32.load8_u (local.get 0)))
)
