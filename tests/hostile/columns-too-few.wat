;; Leaves the column of verdicts empty.
;; Says: 返回的结果不合约定:verdicts 有 0 个,应为 1 个
(module
  ;; include honest.part
  ;; include columns.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32))
  (func $column-mischief (param $asked i32) (param $out i32) (param $i i32)
    (i32.store offset=12 (local.get $out) (i32.const 0))))
