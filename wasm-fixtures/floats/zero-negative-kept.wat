;; run: f 0x8000000000000000
;; expect: ok 0x8000000000000000
;; -0 crosses into the guest and out again.
(module
  (func (export "f") (param f64) (result f64)
    (local.get 0))
)
