;; expect: admitted -
;; One of the eight instructions.
(module
  (func (export "run") (param f64) (result i32) (i32.trunc_sat_f64_u (local.get 0)))
)
