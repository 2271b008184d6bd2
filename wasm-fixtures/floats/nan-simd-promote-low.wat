;; run: f 0x0000000000000000ffa00123ffa00123
;; expect: ok 0x7ff80000000000007ff8000000000000
;; Two lanes of 32 bits to 64.
(module
  (func (export "f") (param v128) (result v128)
    (f64x2.promote_low_f32x4 (local.get 0)))
)
