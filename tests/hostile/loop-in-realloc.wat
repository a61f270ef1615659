;; Loops when the host asks it for room for a list of four bytes, before the call has begun.
;; Limit: FUEL_CALL and FUEL_ITEM for one item.
;; Says: 计算步数超过上限(2,001,000,000),疑似死循环
(module
  ;; include honest.part
  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    ;; Only the guilty subject has such a list.
    (if (i32.eq (local.get $size) (i32.const 4)) (then (loop $forever (br $forever))))
    (call $take (local.get $size)))
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)))
