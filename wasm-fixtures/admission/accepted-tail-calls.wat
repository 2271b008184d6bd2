;; expect: admitted -
;; Both forms.
(module
  (type $t (func (result i32)))
  (table funcref (elem $g))
  (func $g (type $t) (return_call $h))
  (func $h (type $t) (i32.const 1))
  (func (export "run") (result i32) (return_call_indirect (type $t) (i32.const 0)))
)
