;; Answers with a column that is longer than the host copies.
;; Limit: RESULT.
;; Says: 返回的结果超过上限(32 MiB)
(module
  ;; include honest.part
  ;; include columns.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32))
  (func $column-mischief (param $asked i32) (param $out i32) (param $i i32)
    (i32.store offset=8 (local.get $out) (call $take (i32.const 34000000)))
    (i32.store offset=12 (local.get $out) (i32.const 34000000))))
