;; run: f
;; expect: ok 0x6766656463626161 0x6868676665646362
;; Bytes move as if through a copy, forwards and backwards.
(module
  (memory 1)
  (data (i32.const 0) "abcdefgh")
  (data (i32.const 16) "abcdefgh")
  (func (export "f") (result i64 i64)
    (memory.copy (i32.const 1) (i32.const 0) (i32.const 7))
    (memory.copy (i32.const 16) (i32.const 17) (i32.const 7))
    (i64.load (i32.const 0))
    (i64.load (i32.const 16)))
)
