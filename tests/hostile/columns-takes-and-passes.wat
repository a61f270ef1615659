;; Takes a point under a verdict that costs none.
;; Says: 返回的结果不合约定:outcomes[0].deductions 判定为“合格”却有扣分
(module
  ;; include honest.part
  ;; include columns.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32))
  (func $column-mischief (param $asked i32) (param $out i32) (param $i i32)
    (drop (call $take-points (local.get $out) (local.get $i) (i64.const 1)))
    (i32.store8 (call $verdict-of (local.get $out) (local.get $i)) (i32.const 0))))
