;; Takes 7 points from an item of 2, which nobody entered.
;; Says: 返回的结果不合约定:outcomes[0].deductions[0].points 为 7,大于 2
(module
  ;; include honest.part
  ;; include columns.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32))
  (func $column-mischief (param $asked i32) (param $out i32) (param $i i32)
    (drop (call $take-points (local.get $out) (local.get $i) (i64.const 7)))))
