;; run: f
;; expect: trap out-of-gas
;; `_initialize` of a reactor never ends.
(module
  (func (export "_initialize")
    (loop $again
      (br $again)))
  (func (export "f"))
)
