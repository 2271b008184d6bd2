;; run: f 7 0
;; expect: trap divide-by-zero
;; Any number by zero.
(module
  (func (export "f") (param i32 i32) (result i32)
    (i32.rem_s (local.get 0) (local.get 1)))
)
