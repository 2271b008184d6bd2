;; expect: feature threads
;; A memory that several threads could share.
(module
  (memory 1 2 shared)
  (func (export "run"))
)
