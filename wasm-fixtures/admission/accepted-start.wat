;; expect: admitted -
;; A start function, lifted out so that it runs metered.
(module
  (global $g (mut i32) (i32.const 1))
  (func $s (global.set $g (i32.const 2)))
  (start $s)
  (func (export "run") (result i32) (global.get $g))
)
