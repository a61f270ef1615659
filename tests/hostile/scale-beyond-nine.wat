;; Takes 7 ÷ 10^255 points: no number that a person wrote.
;; Says: 返回的结果不合约定:outcomes[0].deductions[0].points 有 255 位小数,上限 9 位
(module
  ;; include honest.part
  (data (i32.const 2048) (i32 0 0) (i64 7) (i8 255))
  (data (i32.const 2076) (i32 1 0))
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (i32.store8 offset=4 (local.get $outcomes) (i32.const 2))
    (i32.store offset=8 (local.get $outcomes) (i32.const 2048))
    (i32.store offset=12 (local.get $outcomes) (i32.const 1))))
