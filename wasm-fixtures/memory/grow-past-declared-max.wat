;; run: f
;; expect: ok -1 1
;; Refused by the module itself, not by the limit on pages; nothing changes.
(module
  (memory 1 4)
  (func (export "f") (result i32 i32)
    (memory.grow (i32.const 4))
    (memory.size))
)
