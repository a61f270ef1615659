;; Judges an item that its checklist lacks.
;; Says: 返回的结果不合约定:outcomes[0].item 指向第 7 个(从 0 起),共 1 个
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (i32.store (local.get $outcomes) (i32.const 7))))
