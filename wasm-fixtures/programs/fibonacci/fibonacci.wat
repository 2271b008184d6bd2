;; Fibonacci numbers modulo 2^64, three ways: by recursion, by tail calls, and by a loop that returns two values.
(module
  (func $recursive (export "recursive") (param $n i32) (result i64)
    (if (result i64) (i32.lt_s (local.get $n) (i32.const 2))
      (then (i64.extend_i32_s (local.get $n)))
      (else
        (i64.add
          (call $recursive (i32.sub (local.get $n) (i32.const 1)))
          (call $recursive (i32.sub (local.get $n) (i32.const 2)))))))

  (func $steps (param $n i32) (param $a i64) (param $b i64) (result i64)
    (if (i32.eqz (local.get $n)) (then (return (local.get $a))))
    (return_call $steps
      (i32.sub (local.get $n) (i32.const 1))
      (local.get $b)
      (i64.add (local.get $a) (local.get $b))))

  (func (export "tail") (param $n i32) (result i64)
    (return_call $steps (local.get $n) (i64.const 0) (i64.const 1)))

  ;; f(n) and f(n + 1); the loop carries both on the operand stack.
  (func (export "pair") (param $n i32) (result i64 i64)
    (local $a i64) (local $b i64)
    (i64.const 0)
    (i64.const 1)
    (block $done (param i64 i64) (result i64 i64)
      (loop $again (param i64 i64) (result i64 i64)
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $b)
        (local.set $a)
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (local.get $b)
        (i64.add (local.get $a) (local.get $b))
        (br $again))))
)
