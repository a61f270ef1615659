;; Fails with a message that is no UTF-8.
;; Says: 返回的内容不合接口类型
(module
  ;; include honest.part
  (data (i32.const 2048) "\ff\fe\fd")
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    ;; err (1), message, no evidence
    (i32.store8 (local.get $result) (i32.const 1))
    (i32.store offset=4 (local.get $result) (i32.const 2048))
    (i32.store offset=8 (local.get $result) (i32.const 3))
    (i32.store offset=12 (local.get $result) (i32.const 0))))
