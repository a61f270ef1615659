;; Fails with a message that a terminal would obey.
;; Says: 返回的结果不合约定:failure.message 含不可打印字符 U+001B
(module
  ;; include honest.part
  (data (i32.const 2048) "\1b[31m")
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (i32.store8 (local.get $result) (i32.const 1))
    (i32.store offset=4 (local.get $result) (i32.const 2048))
    (i32.store offset=8 (local.get $result) (i32.const 5))
    (i32.store offset=12 (local.get $result) (i32.const 0))))
