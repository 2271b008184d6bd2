;; run: f
;; expect: trap unreachable
;; The instruction itself.
(module
  (func (export "f")
    unreachable)
)
