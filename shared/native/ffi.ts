/** koffi, set up once: calls into native libraries for the folders that may make them (`shared/native`, `infer/engine`). */
import koffi from 'koffi'

/** ONNX Runtime’s CUDA session creation needs more than koffi’s 2 MiB of stack (measured: it dies of SIGSEGV). Committed as it is used. */
const STACK_BYTES = 16 * 1024 * 1024

koffi.config({ sync_stack_size: STACK_BYTES })

export { koffi }
