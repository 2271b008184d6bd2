;; run: f 0x00000000000000000000000000000000
;; expect: ok 0x7ff80000000000007ff8000000000000
;; Two fresh NaNs.
(module
  (func (export "f") (param v128) (result v128)
    (f64x2.div (local.get 0) (local.get 0)))
)
