;; expect: feature extended-const
;; A global that starts with a sum.
(module
  (global $g i32 (i32.add (i32.const 1) (i32.const 2)))
  (func (export "run") (result i32) (global.get $g))
)
