;; Says that its outcomes lie where there is no memory.
;; Says: 返回的内容不合接口类型
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (i32.store offset=12 (local.get $result) (i32.const -64))))
