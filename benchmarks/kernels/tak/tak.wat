;; Takeuchi's function: four calls, three of them nested as arguments.
(module
  (func $tak (param $x i32) (param $y i32) (param $z i32) (result i32)
    (if (i32.ge_s (local.get $y) (local.get $x)) (then (return (local.get $z))))
    (call $tak
      (call $tak (i32.sub (local.get $x) (i32.const 1)) (local.get $y) (local.get $z))
      (call $tak (i32.sub (local.get $y) (i32.const 1)) (local.get $z) (local.get $x))
      (call $tak (i32.sub (local.get $z) (i32.const 1)) (local.get $x) (local.get $y))))

  ;; tak(n, n - n/3, n/3).
  (func (export "run") (param $n i32) (result i32)
    (local $third i32)
    (local.set $third (i32.div_u (local.get $n) (i32.const 3)))
    (call $tak (local.get $n) (i32.sub (local.get $n) (local.get $third)) (local.get $third)))
)
