;; Cites a cell that the subject does not have.
;; Says: 返回的结果不合约定:outcomes[0].evidence 指向第 4000000000 个(从 0 起),共 1 个
(module
  ;; include honest.part
  (data (i32.const 2048) (i32 4000000000))
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (i32.store offset=16 (local.get $outcomes) (i32.const 2048))
    (i32.store offset=20 (local.get $outcomes) (i32.const 1))))
