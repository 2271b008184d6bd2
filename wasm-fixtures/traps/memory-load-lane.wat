;; run: f 65536
;; expect: trap memory-out-of-bounds
;; One lane is one byte.
(module
  (memory 1)
  (func (export "f") (param i32) (result i32)
    (i8x16.extract_lane_u 3 (v128.load8_lane 3 (local.get 0) (i32x4.splat (i32.const 0)))))
)
