;; Does nothing wrong through either door.
(module
  ;; include honest.part
  ;; include columns.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32))
  (func $column-mischief (param $asked i32) (param $out i32) (param $i i32)
    (nop)))
