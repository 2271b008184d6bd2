;; run: f
;; expect: trap out-of-gas
;; The start function does not come back.
(module
  (func $s (loop $again (br $again)))
  (start $s)
  (func (export "f")
    nop)
)
