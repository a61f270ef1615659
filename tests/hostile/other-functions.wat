;; Names the contract, and has none of its functions.
;; Says: 导出的函数或类型与接口 1.0 不符
(component
  (instance $assessor)
  (export "anping:plugin/assessor@1.0.0" (instance $assessor)))
