;; run: f 0x3f800000000000004000000040400000
;; expect: ok 0x3f8000007fc000003f8000003f800000
;; A NaN in lane 2, ones in the others.
(module
  (func (export "f") (param v128) (result v128)
    (f32x4.div (local.get 0) (local.get 0)))
)
