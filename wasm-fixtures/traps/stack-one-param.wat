;; run: f 1
;; expect: trap stack-exhausted
;; A recursion that counts and would end after 2^31 calls.
(module
  (func $f (export "f") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (i32.add (i32.const 1) (call $f (i32.add (local.get 0) (i32.const 1)))))))
)
