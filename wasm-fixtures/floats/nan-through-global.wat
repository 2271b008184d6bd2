;; run: f 0x0000000000000000
;; expect: ok 0x7ff8000000000000
;; A global sees bits.
(module
  (global $g (mut f64) (f64.const 0))
  (func (export "f") (param f64) (result i64)
    (global.set $g (f64.div (local.get 0) (local.get 0)))
    (i64.reinterpret_f64 (global.get $g)))
)
