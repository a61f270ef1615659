;; Lets a table grow until there is no memory on the host.
;; Limit: TABLE_ELEMENTS.
;; Says: 表元素超过上限(20,000)
(module
  ;; include honest.part
  (table $table 1 funcref)
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (loop $more
      (drop (table.grow $table (ref.null func) (i32.const 1000)))
      (br $more))))
