;; run: f
;; expect: trap stack-exhausted
;; The start function does not come back.
(module
  (func $s (call $s))
  (start $s)
  (func (export "f")
    nop)
)
