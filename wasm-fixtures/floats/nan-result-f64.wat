;; run: f 0x0000000000000000
;; expect: ok 0x7ff8000000000000
;; A result that is a float crosses to the host as bits.
(module
  (func (export "f") (param f64) (result f64)
    (f64.div (local.get 0) (local.get 0)))
)
