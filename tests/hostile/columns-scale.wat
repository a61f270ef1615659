;; Takes a point with 255 digits after it.
;; Says: 返回的结果不合约定:outcomes[0].deductions[0].points 有 255 位小数,上限 9 位
(module
  ;; include honest.part
  ;; include columns.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32))
  (func $column-mischief (param $asked i32) (param $out i32) (param $i i32)
    (i32.store8 offset=24 (call $take-points (local.get $out) (local.get $i) (i64.const 1)) (i32.const 255))))
