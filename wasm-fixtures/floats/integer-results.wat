;; run: f
;; expect: ok -1 -1 -9223372036854775808
;; i32 and i64 results are signed.
(module
  (func (export "f") (result i32 i64 i64)
    (i32.const 0xffffffff)
    (i64.const 0xffffffffffffffff)
    (i64.const 0x8000000000000000))
)
