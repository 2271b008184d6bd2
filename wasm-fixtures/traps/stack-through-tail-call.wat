;; run: f
;; expect: trap stack-exhausted
;; A tail call takes no frame, the plain call behind it does.
(module
  (func $f (export "f") (result i32) (return_call $g (i32.const 1)))
  (func $g (param i32) (result i32) (i32.add (call $f) (local.get 0)))
)
