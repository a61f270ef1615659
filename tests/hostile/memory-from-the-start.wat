;; Has a memory of 65 MiB before it does anything.
;; Limit: MEMORY, which counts what an instance begins with.
;; Says: 内存超过上限(64 MiB)
(module
  (memory (export "memory") 1040)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
  (func (export "anping:plugin/assessor@1.0.0#describe") (result i32) (unreachable))
  (func (export "anping:plugin/assessor@1.0.0#examples") (result i32) (unreachable))
  (func (export "anping:plugin/assessor@1.0.0#assess") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
    (unreachable)))
