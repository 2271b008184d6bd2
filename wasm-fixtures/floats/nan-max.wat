;; run: f 0xffa00123
;; expect: ok 0x7fc00000
;; The greater of 1 and a NaN.
(module
  (func (export "f") (param f32) (result i32)
    (i32.reinterpret_f32 (f32.max (f32.const 1) (local.get 0))))
)
