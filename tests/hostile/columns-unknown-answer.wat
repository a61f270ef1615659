;; Cites a cell for an answer that nobody gave.
;; Says: 返回的结果不合约定:evidence 指向第 4000000000 个(从 0 起),共 1 个
(module
  ;; include honest.part
  ;; include columns.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32))
  (func $column-mischief (param $asked i32) (param $out i32) (param $i i32)
    (call $cite (local.get $out) (i32.const 4000000000) (i32.const 0))))
