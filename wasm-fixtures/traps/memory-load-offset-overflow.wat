;; run: f -1
;; expect: trap memory-out-of-bounds
;; Address and offset add up beyond 2^32; they do not wrap around.
(module
  (memory 1)
  (func (export "f") (param i32) (result i32)
    (i32.load offset=8 (local.get 0)))
)
