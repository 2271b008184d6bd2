;; run: f
;; expect: trap unreachable
;; Two calls down, with values waiting on the operand stack of each.
(module
  (func $inner (param i32) (result i32)
    (i32.add (local.get 0) (unreachable)))
  (func $middle (param i32) (result i32)
    (i32.mul (i32.const 3) (call $inner (local.get 0))))
  (func (export "f") (result i32)
    (i32.sub (i32.const 1) (call $middle (i32.const 2))))
)
