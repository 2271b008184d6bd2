;; run: f
;; expect: trap stack-exhausted
;; The smallest frame there is.
(module
  (func $f (export "f") (call $f))
)
