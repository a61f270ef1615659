;; Never gets as far as being called: its start function loops.
;; Limit: FUEL_START.
;; Says: 计算步数超过上限(2,000,000,000),疑似死循环
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32))
  (func $begin (loop $forever (br $forever)))
  (start $begin))
