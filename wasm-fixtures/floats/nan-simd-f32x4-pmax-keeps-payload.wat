;; run: f 0xffa00123ffa00123ffa00123ffa00123
;; expect: ok 0xffa00123ffa00123ffa00123ffa00123
;; pmax picks one operand as it is.
(module
  (func (export "f") (param v128) (result v128)
    (f32x4.pmax (local.get 0) (f32x4.splat (f32.const 1))))
)
