;; Is honest until it is asked for its golden cases.
;; Limit: FUEL_CALL and FUEL_ITEM for one item.
;; Says: 计算步数超过上限(2,001,000,000),疑似死循环
(module
  ;; include honest.part
  (func (export "anping:plugin/assessor@1.0.0#examples") (result i32)
    (loop $forever (br $forever))
    (unreachable))
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)))
