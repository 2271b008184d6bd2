;; run: f 0x0000000000000000
;; expect: ok 0x7ff8000000000000
;; So do the values of blocks and branches.
(module
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (block $b (result f64) (br $b (f64.div (local.get 0) (local.get 0))))))
)
