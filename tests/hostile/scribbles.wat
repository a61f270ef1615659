;; Answers with everything an answer can hold, and then scribbles over it: one to three words somewhere in
;; the result, the outcome, or what they point at, by a sequence that begins with the inspector's number.
;; Whatever comes of it is an answer that holds to the contract, or a fault; never the end of the run.
(module
  ;; include honest.part
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

  (func $scribble (param $result i32) (param $outcomes i32) (param $base i32)
    (local $where i32)
    (local.set $where (call $random (i32.const 4)))
    (if (i32.eqz (local.get $where))
      (then (i32.store (i32.add (local.get $result) (i32.mul (call $random (i32.const 15)) (i32.const 4))) (call $value)))
      (else (if (i32.eq (local.get $where) (i32.const 1))
        (then (i32.store (i32.add (local.get $outcomes) (i32.mul (call $random (i32.const 6)) (i32.const 4))) (call $value)))
        (else (i32.store (i32.add (local.get $base) (i32.mul (call $random (i32.const 63)) (i32.const 4))) (call $value)))))))

  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (local $base i32) (local $times i32)
    (local.set $base (call $take (i32.const 256)))
    ;; The first answer's number: position of the answers at 40, mantissa at 16.
    (global.set $state (i32.load offset=16 (i32.load offset=40 (global.get $now))))
    (drop (call $random (i32.const 2)))
    ;; The outcome fails (2), with one deduction.
    (i32.store8 offset=4 (local.get $outcomes) (i32.const 2))
    (i32.store offset=8 (local.get $outcomes) (local.get $base))
    (i32.store offset=12 (local.get $outcomes) (i32.const 1))
    ;; Deduction at 0: no case, 1 point, on the item, once, with a reason of one parameter at 64.
    (i32.store offset=8 (local.get $base) (i32.const 1))
    (i32.store offset=28 (local.get $base) (i32.const 1))
    (i32.store8 offset=32 (local.get $base) (i32.const 1))
    (i32.store offset=40 (local.get $base) (i32.add (local.get $base) (i32.const 64)))
    (i32.store offset=44 (local.get $base) (i32.const 1))
    ;; Parameter at 64: item (3) 0.
    (i32.store8 offset=64 (local.get $base) (i32.const 3))
    ;; Ruling at 96: referral (2), items, reason, no edition, evidence; positions at 160.
    (i32.store8 offset=96 (local.get $base) (i32.const 2))
    (i32.store offset=104 (local.get $base) (i32.add (local.get $base) (i32.const 160)))
    (i32.store offset=108 (local.get $base) (i32.const 1))
    (i32.store offset=116 (local.get $base) (i32.add (local.get $base) (i32.const 64)))
    (i32.store offset=120 (local.get $base) (i32.const 1))
    (i32.store offset=132 (local.get $base) (i32.add (local.get $base) (i32.const 160)))
    (i32.store offset=136 (local.get $base) (i32.const 1))
    ;; Hazard at 176: general, item 0, reason, no edition, clause, evidence.
    (i32.store8 offset=180 (local.get $base) (i32.const 1))
    (i32.store offset=192 (local.get $base) (i32.add (local.get $base) (i32.const 64)))
    (i32.store offset=196 (local.get $base) (i32.const 1))
    (i32.store offset=208 (local.get $base) (i32.const 1104))
    (i32.store offset=212 (local.get $base) (i32.const 10))
    (i32.store offset=216 (local.get $base) (i32.add (local.get $base) (i32.const 160)))
    (i32.store offset=220 (local.get $base) (i32.const 1))
    ;; Note at 224: reason, no item, no evidence.
    (i32.store offset=228 (local.get $base) (i32.add (local.get $base) (i32.const 64)))
    (i32.store offset=232 (local.get $base) (i32.const 1))
    ;; The result: rulings, hazards, notes, one each.
    (i32.store offset=20 (local.get $result) (i32.add (local.get $base) (i32.const 96)))
    (i32.store offset=24 (local.get $result) (i32.const 1))
    (i32.store offset=36 (local.get $result) (i32.add (local.get $base) (i32.const 176)))
    (i32.store offset=40 (local.get $result) (i32.const 1))
    (i32.store offset=52 (local.get $result) (i32.add (local.get $base) (i32.const 224)))
    (i32.store offset=56 (local.get $result) (i32.const 1))
    (local.set $times (call $random (i32.const 4)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $times)))
        (call $scribble (local.get $result) (local.get $outcomes) (local.get $base))
        (local.set $times (i32.sub (local.get $times) (i32.const 1)))
        (br $next)))))
