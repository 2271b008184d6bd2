;; expect: admitted -
;; A sink: it takes output and gives nothing back.
(module
  (import "ipvm" "log" (func $log (param i32 i32)))
  (memory 1)
  (data (i32.const 0) "hello")
  (func (export "run") (call $log (i32.const 0) (i32.const 5)))
)
