;; run: f
;; expect: ok 1 1 2
;; Slots move as if through a copy.
(module
  (table $t 4 funcref)
  (elem (table $t) (i32.const 0) func $one $two)
  (func $one (result i32) (i32.const 1))
  (func $two (result i32) (i32.const 2))
  (func (export "f") (result i32 i32 i32)
    (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 2))
    (call_indirect $t (result i32) (i32.const 0))
    (call_indirect $t (result i32) (i32.const 1))
    (call_indirect $t (result i32) (i32.const 2)))
)
