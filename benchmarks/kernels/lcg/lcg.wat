;; 64-bit arithmetic: a linear congruential generator whose numbers are mixed by shifts, rotations and remainders.
(module
  (func (export "run") (param $times i32) (result i64)
    (local $state i64) (local $sum i64) (local $mixed i64)
    (local.set $state (i64.const 0x9e3779b97f4a7c15))
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $times)))
        (local.set $state
          (i64.add (i64.mul (local.get $state) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $mixed (i64.xor (local.get $state) (i64.shr_u (local.get $state) (i64.const 29))))
        (local.set $mixed (i64.rotl (local.get $mixed) (i64.and (local.get $sum) (i64.const 63))))
        (if (i32.eqz (i32.and (local.get $times) (i32.const 15)))
          (then (local.set $mixed (i64.rem_u (local.get $mixed) (i64.or (local.get $sum) (i64.const 1))))))
        (local.set $sum (i64.add (local.get $sum) (local.get $mixed)))
        (local.set $times (i32.sub (local.get $times) (i32.const 1)))
        (br $again)))
    (local.get $sum))
)
