;; Calls itself through its own export while it answers, again and again.
;; Limit: WASM_STACK.
;; Says: 调用层数过深,栈超过上限(512 KiB)
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    ;; The same subject, whose kind asks for the same.
    (drop (call $assess
      (i32.const 2026) (i32.const 12) (i32.const 31) (i32.const 0) (i32.const 0)
      (global.get $now) (i32.const 1)))))
