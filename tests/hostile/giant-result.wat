;; Answers with a thousand outcomes that all cite the same 64 Ki positions: 256 MiB for the host to
;; copy out of 2 MiB of memory.
;; Limit: RESULT.
;; Says: 返回的结果超过上限(32 MiB)
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (local $evidence i32) (local $outcome i32) (local $i i32)
    (local.set $evidence (call $take (i32.const 262144)))
    (local.set $outcome (call $take (i32.const 24000)))
    (i32.store offset=12 (local.get $result) (local.get $outcome))
    (i32.store offset=16 (local.get $result) (i32.const 1000))
    (loop $next
      (i32.store offset=16 (local.get $outcome) (local.get $evidence))
      (i32.store offset=20 (local.get $outcome) (i32.const 65536))
      (local.set $outcome (i32.add (local.get $outcome) (i32.const 24)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 1000))))))
