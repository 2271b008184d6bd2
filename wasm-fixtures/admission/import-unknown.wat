;; expect: import env.mystery
;; Nobody knows what it does.
(module
  (import "env" "mystery" (func (param i32)))
  (func (export "run"))
)
