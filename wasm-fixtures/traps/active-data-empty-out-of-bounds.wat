;; run: f
;; expect: trap memory-out-of-bounds
;; No bytes, and past the end all the same.
(module
  (memory 1)
  (data (i32.const 65537) "")
  (func (export "f")
    nop)
)
