;; run: f 0x7fa001237fa001237fa001237fa00123
;; expect: ok 0x7fc000007fc000007fc000007fc00000
;; min is arithmetic.
(module
  (func (export "f") (param v128) (result v128)
    (f32x4.min (local.get 0) (f32x4.splat (f32.const 1))))
)
