;; A br_table in a loop, its eight targets reached in scattered order, each with a few instructions of its own.
(module
  (func (export "run") (param $times i32) (result i32)
    (local $state i32) (local $x i32)
    (local.set $state (i32.const 12345))
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $times)))
        (local.set $times (i32.sub (local.get $times) (i32.const 1)))
        (local.set $state (i32.add (i32.mul (local.get $state) (i32.const 1664525)) (i32.const 1013904223)))
        (block $7 (block $6 (block $5 (block $4 (block $3 (block $2 (block $1 (block $0
          (br_table $0 $1 $2 $3 $4 $5 $6 $7 (i32.shr_u (local.get $state) (i32.const 29))))
          (local.set $x (i32.add (local.get $x) (local.get $state))) (br $again))
          (local.set $x (i32.xor (local.get $x) (i32.const 0x5bd1e995))) (br $again))
          (local.set $x (i32.rotl (local.get $x) (i32.const 7))) (br $again))
          (local.set $x (i32.mul (local.get $x) (i32.const 31))) (br $again))
          (local.set $x (i32.sub (local.get $x) (local.get $times))) (br $again))
          (local.set $x (i32.add (local.get $x) (i32.popcnt (local.get $x)))) (br $again))
          (if (i32.and (local.get $x) (i32.const 1)) (then (local.set $x (i32.shr_u (local.get $x) (i32.const 1))))) (br $again))
        (local.set $x (i32.or (local.get $x) (i32.const 0x10001)))
        (br $again)))
    (local.get $x))
)
