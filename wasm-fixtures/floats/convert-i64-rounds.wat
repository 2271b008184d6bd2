;; run: f 9007199791611905
;; expect: ok 0x5a000001
;; 2^53 + 2^29 + 1 is a hair above the middle; by way of f64 it would be rounded twice, and down.
(module
  (func (export "f") (param i64) (result i32)
    (i32.reinterpret_f32 (f32.convert_i64_s (local.get 0))))
)
