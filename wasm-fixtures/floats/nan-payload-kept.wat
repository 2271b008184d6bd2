;; run: f
;; expect: ok 0x7ff4000000000123 0x7fa00001
;; Constants with a payload, the second a signalling one, through memory and back.
(module
  (memory 1)
  (func (export "f") (result i64 i32)
    (f64.store (i32.const 0) (f64.const nan:0x4000000000123))
    (f64.store (i32.const 8) (f64.load (i32.const 0)))
    (f32.store (i32.const 16) (f32.const nan:0x200001))
    (f32.store (i32.const 20) (f32.load (i32.const 16)))
    (i64.load (i32.const 8))
    (i32.load (i32.const 20)))
)
