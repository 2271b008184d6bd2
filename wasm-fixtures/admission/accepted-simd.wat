;; expect: admitted -
;; Fixed-width vectors.
(module
  (func (export "run") (param v128) (result i32)
    (i8x16.bitmask (i16x8.narrow_i32x4_s (local.get 0) (v128.const i32x4 1 2 3 4))))
)
