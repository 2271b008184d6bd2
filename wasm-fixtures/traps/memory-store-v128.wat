;; run: f 65521
;; expect: trap memory-out-of-bounds
;; Sixteen bytes from 65521 on.
(module
  (memory 1)
  (func (export "f") (param i32)
    (v128.store (local.get 0) (i32x4.splat (i32.const 7))))
)
