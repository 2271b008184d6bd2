;; expect: import wasi_snapshot_preview1.sock_recv
;; Nor is the network.
(module
  (import "wasi_snapshot_preview1" "sock_recv" (func (param i32 i32 i32 i32 i32 i32) (result i32)))
  (func (export "run"))
)
