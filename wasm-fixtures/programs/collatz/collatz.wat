;; The 3n + 1 problem: branches, i64 arithmetic, an indirect call and a table of steps by parity.
(module
  (type $step (func (param i64) (result i64)))
  (table funcref (elem $half $triple))

  (func $half (type $step) (i64.shr_u (local.get 0) (i64.const 1)))
  (func $triple (type $step) (i64.add (i64.mul (local.get 0) (i64.const 3)) (i64.const 1)))

  ;; Steps from n to 1. Does not end for 0.
  (func $length (export "length") (param $n i64) (result i32)
    (local $steps i32)
    (block $done
      (loop $again
        (br_if $done (i64.eq (local.get $n) (i64.const 1)))
        (local.set $n
          (call_indirect (type $step) (local.get $n) (i32.wrap_i64 (i64.and (local.get $n) (i64.const 1)))))
        (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
        (br $again)))
    (local.get $steps))

  ;; The start from 1 to `most` with the longest way, the first of equals, and its length.
  (func (export "longest") (param $most i64) (result i64 i32)
    (local $n i64) (local $best i64) (local $bestLength i32) (local $length i32)
    (local.set $n (i64.const 1))
    (local.set $best (i64.const 1))
    (block $done
      (loop $again
        (br_if $done (i64.gt_u (local.get $n) (local.get $most)))
        (local.set $length (call $length (local.get $n)))
        (if (i32.gt_u (local.get $length) (local.get $bestLength))
          (then
            (local.set $best (local.get $n))
            (local.set $bestLength (local.get $length))))
        (local.set $n (i64.add (local.get $n) (i64.const 1)))
        (br $again)))
    (local.get $best)
    (local.get $bestLength))

  ;; Highest number on the way from n to 1.
  (func (export "peak") (param $n i64) (result i64)
    (local $peak i64)
    (block $done
      (loop $again
        (if (i64.gt_u (local.get $n) (local.get $peak)) (then (local.set $peak (local.get $n))))
        (br_if $done (i64.eq (local.get $n) (i64.const 1)))
        (local.set $n
          (if (result i64) (i64.eqz (i64.and (local.get $n) (i64.const 1)))
            (then (call $half (local.get $n)))
            (else (call $triple (local.get $n)))))
        (br $again)))
    (local.get $peak))
)
