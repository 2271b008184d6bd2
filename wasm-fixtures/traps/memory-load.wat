;; run: f 65533
;; expect: trap memory-out-of-bounds
;; Four bytes from 65533 on end one byte past the page.
(module
  (memory 1)
  (func (export "f") (param i32) (result i32)
    (i32.load (local.get 0)))
)
