;; expect: reserved-name ipvm:start
;; So they do for functions.
(module
  (func (export "ipvm:start"))
  (func (export "run"))
)
