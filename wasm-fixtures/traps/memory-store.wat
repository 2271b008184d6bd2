;; run: f 65535
;; expect: trap memory-out-of-bounds
;; Nothing of the two bytes is written.
(module
  (memory 1)
  (func (export "f") (param i32)
    (i32.store16 (local.get 0) (i32.const 1)))
)
