;; run: f 65529
;; expect: trap memory-out-of-bounds
;; Eight bytes from 65529 on.
(module
  (memory 1)
  (func (export "f") (param i32)
    (f64.store (local.get 0) (f64.const 1)))
)
