;; run: f
;; expect: trap out-of-gas
;; Two functions that end by calling each other, once through the table.
(module
  (type $t (func (param i64)))
  (table funcref (elem $g))
  (func $f (param i64) (return_call_indirect (type $t) (local.get 0) (i32.const 0)))
  (func $g (type $t) (return_call $f (i64.add (local.get 0) (i64.const 1))))
  (func (export "f")
    (call $f (i64.const 0)))
)
