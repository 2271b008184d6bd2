;; run: f 0x0000000000000000
;; expect: ok 0x7ff8000000000000
;; Each arm of an if.
(module
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (if (result f64) (f64.eq (local.get 0) (f64.const 0)) (then (f64.div (local.get 0) (local.get 0))) (else (f64.const 1)))))
)
