;; Vectors of f32 in memory and in lanes.
(module
  (memory 1 16)

  ;; x[i] = (i·7 mod 11) / 4 - 1 from 0 on and y[i] = (i·5 mod 13) / 8 - 0.5 behind it, 0 <= i < n. n a multiple of 4.
  (func $fill (param $n i32)
    (local $i i32) (local $bytes i32)
    (local.set $bytes (i32.shl (local.get $n) (i32.const 2)))
    (if (i32.gt_u (i32.shl (local.get $bytes) (i32.const 1)) (i32.shl (memory.size) (i32.const 16)))
      (then (drop (memory.grow (i32.const 15)))))
    (block $done
      (loop $again
        (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
        (f32.store (i32.shl (local.get $i) (i32.const 2))
          (f32.sub
            (f32.div (f32.convert_i32_u (i32.rem_u (i32.mul (local.get $i) (i32.const 7)) (i32.const 11))) (f32.const 4))
            (f32.const 1)))
        (f32.store (i32.add (local.get $bytes) (i32.shl (local.get $i) (i32.const 2)))
          (f32.sub
            (f32.div (f32.convert_i32_u (i32.rem_u (i32.mul (local.get $i) (i32.const 5)) (i32.const 13))) (f32.const 8))
            (f32.const 0.5)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $again))))

  (func $sum (param $v v128) (result f32)
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $v)) (f32x4.extract_lane 1 (local.get $v)))
      (f32.add (f32x4.extract_lane 2 (local.get $v)) (f32x4.extract_lane 3 (local.get $v)))))

  ;; Dot product of x and y: four partial sums, each rounded to f32 after each step.
  (func (export "dot") (param $n i32) (result f32)
    (local $at i32) (local $bytes i32) (local $sums v128)
    (call $fill (local.get $n))
    (local.set $bytes (i32.shl (local.get $n) (i32.const 2)))
    (block $done
      (loop $again
        (br_if $done (i32.ge_u (local.get $at) (local.get $bytes)))
        (local.set $sums
          (f32x4.add (local.get $sums)
            (f32x4.mul
              (v128.load (local.get $at))
              (v128.load (i32.add (local.get $bytes) (local.get $at))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $again)))
    (call $sum (local.get $sums)))

  ;; a·x + y in four lanes.
  (func (export "axpy") (param $a f32) (param $x v128) (param $y v128) (result v128)
    (f32x4.add (f32x4.mul (f32x4.splat (local.get $a)) (local.get $x)) (local.get $y)))

  ;; Sum of the four lanes, pairwise.
  (func (export "sum") (param $v v128) (result f32) (call $sum (local.get $v)))

  ;; The vector divided by its length.
  (func (export "normalize") (param $v v128) (result v128)
    (f32x4.div (local.get $v)
      (f32x4.splat (f32.sqrt (call $sum (f32x4.mul (local.get $v) (local.get $v)))))))

  ;; The 16 bytes in reverse order.
  (func (export "flip") (param $v v128) (result v128)
    (i8x16.shuffle 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0 (local.get $v) (local.get $v)))
)
