;; run: f 0x00800000
;; expect: ok 0x00400000
;; Half of the least normal number is not flushed to zero.
(module
  (func (export "f") (param f32) (result i32)
    (i32.reinterpret_f32 (f32.mul (local.get 0) (f32.const 0.5))))
)
