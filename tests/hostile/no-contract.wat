;; A component of something else.
;; Says: 不是安评插件:没有导出 anping:plugin/assessor
(component)
