;; run: f
;; expect: ok 1 4
;; From 1 page to the 4 that are declared: the old size, then the new one.
(module
  (memory 1 4)
  (func (export "f") (result i32 i32)
    (memory.grow (i32.const 3))
    (memory.size))
)
