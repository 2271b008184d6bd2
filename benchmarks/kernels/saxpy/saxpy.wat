;; y ← a·x + y over 16 384 numbers of f32 in vectors of four: one load, one multiplication, one addition, one store.
(module
  (memory 2)

  ;; As bytes: x from 0, y from 65 536.
  (func $fill
    (local $at i32)
    (loop $again
      (f32.store (local.get $at)
        (f32.sub (f32.div (f32.convert_i32_u (i32.rem_u (local.get $at) (i32.const 109))) (f32.const 64)) (f32.const 0.75)))
      (f32.store offset=65536 (local.get $at)
        (f32.sub (f32.div (f32.convert_i32_u (i32.rem_u (local.get $at) (i32.const 61))) (f32.const 32)) (f32.const 1)))
      (br_if $again
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 65536)))))

  (func $saxpy (param $a f32)
    (local $at i32) (local $as v128)
    (local.set $as (f32x4.splat (local.get $a)))
    (loop $again
      (v128.store offset=65536 (local.get $at)
        (f32x4.add
          (f32x4.mul (local.get $as) (v128.load (local.get $at)))
          (v128.load offset=65536 (local.get $at))))
      (br_if $again
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (i32.const 65536)))))

  (func $total (result f32)
    (local $at i32) (local $sum v128)
    (loop $again
      (local.set $sum (f32x4.add (local.get $sum) (v128.load offset=65536 (local.get $at))))
      (br_if $again
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (i32.const 65536))))
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $sum)) (f32x4.extract_lane 1 (local.get $sum)))
      (f32.add (f32x4.extract_lane 2 (local.get $sum)) (f32x4.extract_lane 3 (local.get $sum)))))

  ;; So many times with factors between −1 and 1, then the sum of y.
  (func (export "run") (param $times i32) (result f32)
    (call $fill)
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $times)))
        (call $saxpy
          (f32.sub (f32.div (f32.convert_i32_u (i32.rem_u (local.get $times) (i32.const 17))) (f32.const 8)) (f32.const 1)))
        (local.set $times (i32.sub (local.get $times) (i32.const 1)))
        (br $again)))
    (call $total))
)
