;; run: f 65533
;; expect: trap memory-out-of-bounds
;; Four bytes are read to fill the lanes.
(module
  (memory 1)
  (func (export "f") (param i32) (result i32)
    (i32x4.extract_lane 0 (v128.load32_splat (local.get 0))))
)
