;; Takes 7 points from an item of 2, which nobody entered.
;; Says: 返回的结果不合约定:outcomes[0].deductions[0].points 为 7,大于 2
(module
  ;; include honest.part
  ;; deduction: no case, points 7, scope item, once, no reason
  (data (i32.const 2048) (i32 0 0) (i64 7) (i8 0))
  (data (i32.const 2076) (i32 1 0))
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    ;; fail
    (i32.store8 offset=4 (local.get $outcomes) (i32.const 2))
    (i32.store offset=8 (local.get $outcomes) (i32.const 2048))
    (i32.store offset=12 (local.get $outcomes) (i32.const 1))))
