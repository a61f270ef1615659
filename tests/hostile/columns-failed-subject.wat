;; Fails on a subject and takes points from it all the same: they would fall on the next one.
;; Says: 返回的结果不合约定:deductions 属于第 0 个答案(从 0 起),次序不对或该对象未评估
(module
  ;; include honest.part
  ;; include columns.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32))
  (func $column-mischief (param $asked i32) (param $out i32) (param $i i32)
    (local $result i32)
    (drop (call $take-points (local.get $out) (local.get $i) (i64.const 1)))
    (local.set $result (call $result-of (local.get $out) (local.get $i)))
    (i32.store8 (local.get $result) (i32.const 1))
    (i32.store offset=4 (local.get $result) (i32.const 1104))
    (i32.store offset=8 (local.get $result) (i32.const 10))
    (i32.store offset=12 (local.get $result) (i32.const 0))))
