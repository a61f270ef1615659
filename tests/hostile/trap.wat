;; Does what a panic does in a plugin without imports.
;; Says: 异常中止(unreachable)
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (unreachable)))
