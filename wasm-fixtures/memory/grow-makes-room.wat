;; run: f
;; expect: ok 77
;; An address that was out of bounds is not any more.
(module
  (memory 0 1)
  (func (export "f") (result i32)
    (drop (memory.grow (i32.const 1)))
    (i32.store8 (i32.const 65535) (i32.const 77))
    (i32.load8_u (i32.const 65535)))
)
