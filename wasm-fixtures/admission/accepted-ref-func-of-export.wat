;; expect: admitted -
;; An exported function is declared by its export.
(module
  (func $f (export "run") (result i32) (ref.is_null (ref.func $f)))
)
