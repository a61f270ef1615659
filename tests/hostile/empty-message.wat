;; Fails and does not say why.
;; Says: 返回的结果不合约定:failure.message 为空
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (i32.store8 (local.get $result) (i32.const 1))
    (i32.store offset=4 (local.get $result) (i32.const 0))
    (i32.store offset=8 (local.get $result) (i32.const 0))
    (i32.store offset=12 (local.get $result) (i32.const 0))))
