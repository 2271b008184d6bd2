;; run: f 0x00000000000000000000000000000000
;; expect: ok 0x7fc000007fc000007fc000007fc00000
;; Four fresh NaNs.
(module
  (func (export "f") (param v128) (result v128)
    (f32x4.div (local.get 0) (local.get 0)))
)
