;; run: f
;; expect: ok -1 9
;; pages: 10
;; Two pages more would be one too many, and one page more is had.
(module
  (memory 8)
  (func (export "f") (result i32 i32)
    (memory.grow (i32.const 3))
    (drop (memory.grow (i32.const 1)))
    (memory.size))
)
