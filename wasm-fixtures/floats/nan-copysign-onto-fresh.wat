;; run: f 0x00000000
;; expect: ok 0xffc00000
;; And so is the rest of it.
(module
  (func (export "f") (param f32) (result i32)
    (i32.reinterpret_f32 (f32.copysign (f32.div (local.get 0) (local.get 0)) (f32.const -1))))
)
