;; run: f
;; expect: ok 12
;; A reactor: `_initialize` runs after the start function and before the call.
(module
  (memory 1 2)
  (func $note (param $digit i32)
    (i32.store (i32.const 0) (i32.add (i32.mul (i32.load (i32.const 0)) (i32.const 10)) (local.get $digit))))
  (func $s
    (call $note (i32.const 1)))
  (start $s)
  (func (export "_initialize")
    (call $note (i32.const 2)))
  (func (export "f") (result i32)
    (i32.load (i32.const 0)))
)
