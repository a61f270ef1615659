;; Writes the same mebibyte again and again. Bulk instructions are priced by the byte, or this would
;; take hours and count as nothing.
;; Limit: FUEL_CALL and FUEL_ITEM for one item.
;; Says: 计算步数超过上限(2,001,000,000),疑似死循环
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (local $room i32)
    (local.set $room (call $take (i32.const 1048576)))
    (loop $forever
      (memory.fill (local.get $room) (i32.const 0) (i32.const 1048576))
      (br $forever))))
