;; expect: admitted -
;; What cannot be reached is checked with types of any kind.
(module
  (func (export "run") (result i32)
    unreachable
    i32.add
    (block (result i32) (br 0 (i32.const 1)) drop (i64.const 2) drop f32.neg i32.trunc_f32_s)
    select)
)
