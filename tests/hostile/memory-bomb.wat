;; Takes memory, page by page, until there is none.
;; Limit: MEMORY.
;; Says: 内存超过上限(64 MiB)
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (loop $more
      (drop (memory.grow (i32.const 1)))
      (br $more))))
