;; run: f 0
;; expect: trap bad-indirect-call
;; The slot held a function and was emptied.
(module
  (table $t funcref (elem $g))
  (func $g)
  (func (export "f") (param i32)
    (call_indirect $t (local.get 0))
    (table.set $t (local.get 0) (ref.null func))
    (call_indirect $t (local.get 0)))
)
