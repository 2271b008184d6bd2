;; run: f
;; expect: ok -1 1
;; More than 65536 pages are never to be had, whatever the limit.
(module
  (memory 1)
  (func (export "f") (result i32 i32)
    (memory.grow (i32.const 65536))
    (memory.size))
)
