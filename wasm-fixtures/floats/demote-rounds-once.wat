;; run: f 0x3ff0000010000001
;; expect: ok 0x3f800001
;; A hair above the middle between two floats of 32 bits.
(module
  (func (export "f") (param f64) (result i32)
    (i32.reinterpret_f32 (f32.demote_f64 (local.get 0))))
)
