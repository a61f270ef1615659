;; Leaves an answer without an outcome.
;; Says: 返回的结果不合约定:outcomes 有 0 个,应为 1 个
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (i32.store offset=16 (local.get $result) (i32.const 0))))
