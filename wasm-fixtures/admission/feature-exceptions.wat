;; expect: feature exceptions
;; A tag, and a throw of it.
(module
  (tag $e (param i32))
  (func (export "run") (throw $e (i32.const 1)))
)
