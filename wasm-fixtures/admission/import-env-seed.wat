;; expect: import env.seed
;; What AssemblyScript's Math.random asks for; the loader answers with the time.
(module
  (import "env" "seed" (func (result f64)))
  (func (export "run"))
)
