;; run: f
;; expect: ok 0 7
;; New slots hold the given reference.
(module
  (table $t 1 funcref)
  (elem declare func $g)
  (func $g (result i32) (i32.const 7))
  (func (export "f") (result i32 i32)
    (drop (table.grow $t (ref.func $g) (i32.const 2)))
    (ref.is_null (table.get $t (i32.const 2)))
    (call_indirect $t (result i32) (i32.const 2)))
)
