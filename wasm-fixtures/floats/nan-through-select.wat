;; run: f 0x0000000000000000 0
;; expect: ok 0x7ff8000000000000
;; A select passes them on.
(module
  (func (export "f") (param f64 i32) (result i64)
    (i64.reinterpret_f64 (select (f64.const 1) (f64.div (local.get 0) (local.get 0)) (local.get 1))))
)
