;; Answers every subject, after 1.5 thousand million instructions: below the limit of a call, every time.
;; Limit: FUEL_AHEAD, with FUEL_SUBJECT and FUEL_ITEM for each subject.
;; Says: 平均每个对象的计算步数超过上限(11,000,000)
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (local $i i32)
    (local.set $i (i32.const 1500))
    (loop $more
      ;; Bulk instructions are priced by the byte.
      (memory.fill (i32.const 131072) (i32.const 0) (i32.const 1000000))
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (br_if $more (local.get $i))))
  ;; The room that is filled, behind all that is handed out in a call.
  (func $more-room (drop (memory.grow (i32.const 40))))
  (start $more-room))
