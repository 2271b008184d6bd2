;; run: f
;; expect: trap memory-out-of-bounds
;; Four bytes at 65534, found before anything runs.
(module
  (memory 1)
  (data (i32.const 65534) "abcd")
  (func (export "f")
    nop)
)
