;; run: f 0xffa00123ffa00123ffa00123ffa00123
;; expect: ok 0x7fc000007fc000007fc000007fc00000
;; Rounding is arithmetic.
(module
  (func (export "f") (param v128) (result v128)
    (f32x4.ceil (local.get 0)))
)
