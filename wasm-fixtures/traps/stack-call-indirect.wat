;; run: f
;; expect: trap stack-exhausted
;; Recursion through the table.
(module
  (type $t (func (param i32) (result i32)))
  (table funcref (elem $f))
  (func $f (export "g") (type $t)
    (i32.add (i32.const 1) (call_indirect (type $t) (local.get 0) (i32.const 0))))
  (func (export "f") (result i32)
    (call_indirect (type $t) (i32.const 5) (i32.const 0)))
)
