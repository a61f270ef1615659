;; Leaves subjects out of its answer.
;; Says: 返回的结果不合约定:assess 有 0 个,应为 1 个
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (i32.store offset=4 (local.get $list) (i32.const 0))))
