;; run: f
;; expect: trap out-of-gas
;; A loop of nothing.
(module
  (func (export "f")
    (loop $again (br $again)))
)
