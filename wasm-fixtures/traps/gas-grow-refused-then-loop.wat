;; run: f
;; expect: trap out-of-gas
;; Nor is it to be seen that memory was refused.
(module
  (memory 1)
  (func (export "f")
    (drop (memory.grow (i32.const 65535)))
    (loop $again (br $again)))
)
