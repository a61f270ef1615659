;; Wants to read files.
;; Says: 要求引入 wasi:filesystem/types@0.2.0,插件不得引入任何外部功能
(component
  (import "wasi:filesystem/types@0.2.0" (instance
    (export "descriptor" (type (sub resource)))))
  (instance $assessor)
  (export "anping:plugin/assessor@1.0.0" (instance $assessor)))
