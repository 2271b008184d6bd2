;; run: f
;; expect: trap stack-exhausted
;; A loop around the recursion: what a return released must not be counted twice.
(module
  (func $leaf (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (call $leaf (i32.sub (local.get 0) (i32.const 1))))
  (func $f (export "f") (result i32)
    (local $i i32)
    (loop $again
      (drop (call $leaf (i32.const 100)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 50))))
    (i32.add (call $f) (i32.const 1)))
)
