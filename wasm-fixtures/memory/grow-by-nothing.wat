;; run: f
;; expect: ok 2
;; The size, for nothing.
(module
  (memory 2 2)
  (func (export "f") (result i32)
    (memory.grow (i32.const 0)))
)
