;; run: f 0xfffc000000000456
;; expect: ok 0x7ff8000000000000
;; There and back.
(module
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (f64.promote_f32 (f32.demote_f64 (local.get 0)))))
)
