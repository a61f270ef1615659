;; Built for a contract that this program does not know yet.
;; Says: 按更新的接口版本 2.0.0 编制,本程序支持 1.0,请升级本程序
(component
  (instance $assessor)
  (export "anping:plugin/assessor@2.0.0" (instance $assessor)))
