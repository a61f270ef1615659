;; Answers, and loops when the host says that it has read the answer.
;; Limit: FUEL_CALL and FUEL_ITEM for one item.
;; Says: 计算步数超过上限(2,001,000,000),疑似死循环
(module
  ;; include honest.part
  (global $loops (mut i32) (i32.const 0))
  (func (export "cabi_post_anping:plugin/assessor@1.0.0#assess") (param i32)
    (if (global.get $loops) (then (loop $forever (br $forever)))))
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (global.set $loops (i32.const 1))))
