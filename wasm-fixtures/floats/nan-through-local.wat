;; run: f 0x0000000000000000
;; expect: ok 0x7ff8000000000000
;; A local whose value is used both by arithmetic and by its bits.
(module
  (func (export "f") (param f64) (result i64)
    (local f64)
    (local.set 1 (f64.div (local.get 0) (local.get 0)))
    (drop (f64.add (local.get 1) (f64.const 1)))
    (i64.reinterpret_f64 (local.get 1)))
)
