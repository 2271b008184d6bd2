;; run: identity 0x7ff4000000000123
;; expect: ok 0x7ff4000000000123
;; A signalling NaN crosses into the guest and out again.
(module
  (func (export "identity") (param f64) (result f64) (local.get 0))
)
