;; expect: admitted -
;; Two tables, references to functions and to nothing.
(module
  (table $t 4 funcref)
  (table $u 2 externref)
  (elem declare func $f)
  (func $f (export "run") (result i32)
    (table.set $t (i32.const 1) (ref.func $f))
    (table.fill $u (i32.const 0) (ref.null extern) (i32.const 2))
    (drop (table.grow $t (ref.null func) (i32.const 1)))
    (i32.add (table.size $t) (ref.is_null (table.get $u (i32.const 0)))))
)
