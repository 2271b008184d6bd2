;; run: f 0x7ff40000000001237ff4000000000123
;; expect: ok 0x00000000000000007fc000007fc00000
;; Two lanes of 64 bits to 32, the other two zero.
(module
  (func (export "f") (param v128) (result v128)
    (f32x4.demote_f64x2_zero (local.get 0)))
)
