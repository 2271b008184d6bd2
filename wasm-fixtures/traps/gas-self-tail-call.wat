;; run: f 0
;; expect: trap out-of-gas
;; A function that ends by calling itself: no stack is used up.
(module
  (func $f (export "f") (param i32) (result i32)
    (return_call $f (i32.add (local.get 0) (i32.const 1))))
)
