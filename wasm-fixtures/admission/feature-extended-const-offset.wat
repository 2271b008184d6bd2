;; expect: feature extended-const
;; A data segment at a computed place.
(module
  (memory 1)
  (data (i32.mul (i32.const 8) (i32.const 4)) "a")
  (func (export "run"))
)
