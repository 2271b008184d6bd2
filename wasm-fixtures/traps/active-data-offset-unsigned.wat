;; run: f
;; expect: trap memory-out-of-bounds
;; An offset of -1 is one of 4294967295.
(module
  (memory 1)
  (data (i32.const -1) "a")
  (func (export "f")
    nop)
)
