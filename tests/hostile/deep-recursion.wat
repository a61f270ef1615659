;; Calls itself without end.
;; Limit: WASM_STACK.
;; Says: 调用层数过深,栈超过上限(512 KiB)
(module
  ;; include honest.part
  (func $mischief (param $list i32) (param $result i32) (param $outcomes i32)
    (call $mischief (local.get $list) (local.get $result) (local.get $outcomes))
    ;; Something to come back to, so that the call is not made a jump.
    (i32.store (local.get $list) (i32.load (local.get $list)))))
