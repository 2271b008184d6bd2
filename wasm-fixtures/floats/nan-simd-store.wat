;; run: f 0x00000000000000000000000000000000
;; expect: ok 0x7fc000007fc000007fc000007fc00000
;; A store sees bits.
(module
  (memory 1)
  (func (export "f") (param v128) (result v128)
    (v128.store (i32.const 0) (f32x4.div (local.get 0) (local.get 0)))
    (v128.load (i32.const 0)))
)
