;; As `scribbles`, through the second door: an answer with everything it can hold, scribbled over. In a batch
;; it traps, so that each subject is asked about alone.
(module
  ;; include honest.part
  ;; include columns.part
  (global $state (mut i32) (i32.const 0))

  ;; The next number of the sequence, below a bound.
  (func $random (param $below i32) (result i32)
    (global.set $state
      (i32.add (i32.mul (global.get $state) (i32.const 1103515245)) (i32.const 12345)))
    (i32.rem_u (i32.shr_u (global.get $state) (i32.const 8)) (local.get $below)))

  ;; A value that is likely to be near some limit.
  (func $value (result i32)
    (local $which i32)
    (local.set $which (call $random (i32.const 8)))
    (if (i32.lt_u (local.get $which) (i32.const 5)) (then (return (local.get $which))))
    (if (i32.eq (local.get $which) (i32.const 5)) (then (return (i32.const -1))))
    (if (i32.eq (local.get $which) (i32.const 6)) (then (return (call $random (i32.const 300)))))
    (i32.mul (call $random (i32.const 65536)) (i32.const 40503)))

  ;; Overwrites one word of so many.
  (func $scribble (param $at i32) (param $words i32)
    (i32.store
      (i32.add (local.get $at) (i32.shl (call $random (local.get $words)) (i32.const 2)))
      (call $value)))

  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32))

  (func $column-mischief (param $asked i32) (param $out i32) (param $i i32)
    (local $result i32) (local $row i32) (local $base i32) (local $times i32) (local $where i32)
    (if (i32.ne (i32.load offset=16 (local.get $asked)) (i32.const 1)) (then (unreachable)))
    ;; The number of the only answer: its mantissa at 8.
    (global.set $state (i32.load offset=8 (i32.load offset=52 (local.get $asked))))
    (drop (call $random (i32.const 2)))
    (local.set $base (call $take (i32.const 128)))
    (local.set $row (call $take-points (local.get $out) (local.get $i) (i64.const 1)))
    ;; With a reason of one parameter at 0: item (3) 0.
    (i32.store8 (local.get $base) (i32.const 3))
    (i32.store8 offset=40 (local.get $row) (i32.const 1))
    (i32.store offset=48 (local.get $row) (local.get $base))
    (i32.store offset=52 (local.get $row) (i32.const 1))
    (call $cite (local.get $out) (local.get $i) (i32.const 0))
    ;; A note at 32: reason, no item, no evidence.
    (i32.store offset=36 (local.get $base) (local.get $base))
    (i32.store offset=40 (local.get $base) (i32.const 1))
    (local.set $result (call $result-of (local.get $out) (local.get $i)))
    (i32.store offset=44 (local.get $result) (i32.add (local.get $base) (i32.const 32)))
    (i32.store offset=48 (local.get $result) (i32.const 1))
    (local.set $times (call $random (i32.const 4)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $times)))
        (local.set $where (call $random (i32.const 5)))
        (if (i32.eqz (local.get $where))
          (then (call $scribble (local.get $out) (i32.const 8))))
        (if (i32.eq (local.get $where) (i32.const 1))
          (then (call $scribble (local.get $result) (i32.const 13))))
        (if (i32.eq (local.get $where) (i32.const 2))
          (then (call $scribble (local.get $row) (i32.const 14))))
        (if (i32.eq (local.get $where) (i32.const 3))
          (then (call $scribble (local.get $base) (i32.const 16))))
        (if (i32.eq (local.get $where) (i32.const 4))
          (then (i32.store8 (call $verdict-of (local.get $out) (local.get $i)) (call $value))))
        (local.set $times (i32.sub (local.get $times) (i32.const 1)))
        (br $next)))))
