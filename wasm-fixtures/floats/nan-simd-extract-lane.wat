;; run: f 0x00000000000000000000000000000000
;; expect: ok 0x7ff80000000000007ff8000000000000
;; A lane taken out of one shape and put into another.
(module
  (func (export "f") (param v128) (result v128)
    (f64x2.splat (f64x2.extract_lane 1 (f64x2.div (local.get 0) (local.get 0)))))
)
