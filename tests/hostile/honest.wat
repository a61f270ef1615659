;; Does nothing wrong: the neighbour of the others in every test.
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)))
