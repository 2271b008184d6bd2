;; run: f 0x00000000
;; expect: ok 0x7fc00000
;; A store sees bits.
(module
  (memory 1)
  (func (export "f") (param f32) (result i32)
    (f32.store (i32.const 4) (f32.div (local.get 0) (local.get 0)))
    (i32.load (i32.const 4)))
)
