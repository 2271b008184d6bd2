;; run: f
;; expect: ok 100
;; A segment that ends with the memory.
(module
  (memory 1)
  (data (i32.const 65532) "abcd")
  (func (export "f") (result i32)
    (i32.load8_u (i32.const 65535)))
)
