;; run: f 0xbff00000000000004010000000000000
;; expect: ok 0x7ff80000000000004000000000000000
;; The roots of 4 and -1.
(module
  (func (export "f") (param v128) (result v128)
    (f64x2.sqrt (local.get 0)))
)
