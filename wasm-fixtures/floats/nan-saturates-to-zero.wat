;; run: f 0x0000000000000000
;; expect: ok 0 0
;; A saturating conversion makes zero of it.
(module
  (func (export "f") (param f64) (result i32 i64)
    (i32.trunc_sat_f64_s (f64.div (local.get 0) (local.get 0)))
    (i64.trunc_sat_f64_u (f64.div (local.get 0) (local.get 0))))
)
