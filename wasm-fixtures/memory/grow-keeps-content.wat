;; run: f
;; expect: ok -559038737 0
;; What was there stays, what is new is zero.
(module
  (memory 1 2)
  (func (export "f") (result i32 i32)
    (i32.store (i32.const 65532) (i32.const 0xdeadbeef))
    (drop (memory.grow (i32.const 1)))
    (i32.load (i32.const 65532))
    (i32.load (i32.const 65536)))
)
