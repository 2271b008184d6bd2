;; run: f
;; expect: ok 0
;; No pages, and none needed.
(module
  (memory 0)
  (func (export "f") (result i32)
    (memory.size))
)
