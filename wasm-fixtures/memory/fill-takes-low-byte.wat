;; run: f
;; expect: ok -84215046
;; The value is cut to a byte.
(module
  (memory 1)
  (func (export "f") (result i32)
    (memory.fill (i32.const 8) (i32.const 0x1234fafa) (i32.const 4))
    (i32.load (i32.const 8)))
)
