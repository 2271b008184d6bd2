;; run: f
;; expect: ok 10
;; pages: 10
;; Page by page until the limit on pages refuses one.
(module
  (memory 1)
  (func (export "f") (result i32)
    (loop $again (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (memory.size))
)
