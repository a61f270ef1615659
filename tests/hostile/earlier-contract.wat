;; Built for a contract that this program no longer knows.
;; Says: 按旧的接口版本 0.9.0 编制,本程序支持 1.0,请升级插件
(component
  (instance $assessor)
  (export "anping:plugin/assessor@0.9.0" (instance $assessor)))
