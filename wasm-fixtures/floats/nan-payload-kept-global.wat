;; run: f
;; expect: ok 0x7ff4000000000123
;; So does a global.
(module
  (global $g (mut f64) (f64.const nan:0x4000000000123))
  (func (export "f") (result i64)
    (global.set $g (global.get $g))
    (i64.reinterpret_f64 (global.get $g)))
)
