;; expect: admitted -
;; No section at all.
(module)
