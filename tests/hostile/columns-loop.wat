;; Asked in columns, it never returns.
;; Limit: FUEL_CALL.
;; Says: 计算步数超过上限(2,001,000,000),疑似死循环
(module
  ;; include honest.part
  ;; include columns.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32))
  (func $column-mischief (param $asked i32) (param $out i32) (param $i i32)
    (loop $forever (br $forever))))
