;; Says that its column of verdicts lies where there is no memory.
;; Says: 返回的内容不合接口类型
(module
  ;; include honest.part
  ;; include columns.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32))
  (func $column-mischief (param $asked i32) (param $out i32) (param $i i32)
    (i32.store offset=8 (local.get $out) (i32.const -64))))
