;; run: f 0x00000000000000000000000000000000
;; expect: ok 0xfff8000000000000fff8000000000000
;; neg sees the sign.
(module
  (func (export "f") (param v128) (result v128)
    (f64x2.neg (f64x2.div (local.get 0) (local.get 0))))
)
