;; expect: import env.Date.now
;; What AssemblyScript's Date.now asks for. The name has a dot of its own.
(module
  (import "env" "Date.now" (func (result f64)))
  (func (export "run"))
)
