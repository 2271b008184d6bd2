;; run: f 0x0000000000000000 3
;; expect: ok 0xfff8000000000000
;; A local that is NaN from the second round on; its sign is read at the end.
(module
  (func (export "f") (param f64 i32) (result i64)
    (local $x f64)
    (loop $again
      (local.set $x (f64.div (f64.neg (local.get $x)) (local.get 0)))
      (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
      (br_if $again (local.get 1)))
    (i64.reinterpret_f64 (f64.neg (local.get $x))))
)
