;; Judges by a code that stands for no verdict.
;; Says: 返回的结果不合约定:outcomes[0].verdict 指向第 9 个(从 0 起),共 9 个
(module
  ;; include honest.part
  ;; include columns.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32))
  (func $column-mischief (param $asked i32) (param $out i32) (param $i i32)
    (i32.store8 (call $verdict-of (local.get $out) (local.get $i)) (i32.const 9))))
