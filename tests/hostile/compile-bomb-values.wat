;; Loops of which each takes and gives twelve values. A thousand such loops of a thousand
;; values, eleven kilobytes, would cost the compiler ten gigabytes.
;; Limit: BLOCK_VALUES.
;; Says: 函数或代码块的参数、返回值有 12 个,超过上限
(component
  (core module
    (type $twelve (func
      (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
      (result i64 i64)))
    (func
      unreachable
      (loop (type $twelve) unreachable)
      unreachable))
  (instance $assessor)
  (export "anping:plugin/assessor@1.0.0" (instance $assessor)))
