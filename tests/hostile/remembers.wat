;; Keeps count of its calls and gives up at the second: were an instance used twice, results would
;; depend on how subjects are cut into batches.
(module
  ;; include honest.part
  (global $calls (mut i32) (i32.const 0))
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    ;; Once for each subject: more than a batch holds means an instance that was used again.
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (i32.gt_u (global.get $calls) (i32.const 64)) (then (unreachable)))))
