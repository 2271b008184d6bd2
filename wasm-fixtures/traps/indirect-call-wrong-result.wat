;; run: f 0
;; expect: trap bad-indirect-call
;; i32 and f32 are as wide as each other, and still two types.
(module
  (table funcref (elem $g))
  (func $g (result f32) (f32.const 1))
  (func (export "f") (param i32) (result i32)
    (call_indirect (result i32) (local.get 0)))
)
