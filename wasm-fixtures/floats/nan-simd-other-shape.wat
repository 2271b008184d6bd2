;; run: f 0x00000000000000000000000000000000
;; expect: ok 0x7fc000017fc000017fc000017fc00001
;; Integer arithmetic on the bits of fresh NaNs.
(module
  (func (export "f") (param v128) (result v128)
    (i32x4.add (f32x4.div (local.get 0) (local.get 0)) (i32x4.splat (i32.const 1))))
)
