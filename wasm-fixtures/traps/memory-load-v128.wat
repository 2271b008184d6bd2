;; run: f 65521
;; expect: trap memory-out-of-bounds
;; Sixteen bytes from 65521 on.
(module
  (memory 1)
  (func (export "f") (param i32) (result i32)
    (i32x4.extract_lane 0 (v128.load (local.get 0))))
)
