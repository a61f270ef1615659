;; Never says what it is.
;; Limit: FUEL_CALL.
;; Says: 计算步数超过上限(2,000,000,000),疑似死循环
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
  (func (export "anping:plugin/assessor@1.0.0#describe") (result i32)
    (loop $forever (br $forever))
    (unreachable))
  (func (export "anping:plugin/assessor@1.0.0#examples") (result i32) (unreachable))
  (func (export "anping:plugin/assessor@1.0.0#assess") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
    (unreachable)))
