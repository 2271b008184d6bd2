;; run: f 3
;; expect: trap out-of-gas
;; Every way through the table leads back.
(module
  (func (export "f") (param i32)
    (loop $again (br_table $again $again $again (local.get 0))))
)
