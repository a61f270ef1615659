;; Reads past the end of its memory.
;; Says: 异常中止(out of bounds memory access)
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (drop (i32.load (i32.const -8)))))
