/**
 * Injects a fault: a kernel that writes to an address that is nobody's, in the one context that this process has of its GPU. Nothing in
 * the product knows of it. `--import`ed into any process of ours, it strikes at SIGUSR2; or call `poison` yourself.
 *
 * Every later call in the context fails with CUDA_ERROR_ILLEGAL_ADDRESS (700), whatever thread makes it (CUDA driver API, `CUresult`).
 */
import { isMainThread } from 'node:worker_threads'
import { koffi } from '../../../shared/native/ffi.js'

/** Any GPU from Turing on compiles it as it loads. */
const KERNEL = `.version 7.0
.target sm_75
.address_size 64
.visible .entry poison() {
  .reg .b64 %address;
  .reg .b32 %value;
  mov.u64 %address, 16;
  mov.u32 %value, 1;
  st.global.u32 [%address], %value;
  ret;
}
`

/** Returns once the kernel was launched; the fault shows in whatever is called next. @throws Error where CUDA refuses a step. */
export function poison(ordinal = 0): void {
  const cuda = koffi.load('libcuda.so.1')
  const bound = (prototype: string) => {
    const call = cuda.func(prototype)
    return (...values: unknown[]): void => {
      const code = call(...values)
      if (code !== 0) throw new Error(`${prototype} gave ${code}`)
    }
  }
  const taken = (prototype: string, ...values: unknown[]): unknown => {
    const out: [unknown] = [null]
    bound(prototype)(out, ...values)
    return out[0]
  }
  bound('int cuInit(unsigned int flags)')(0)
  const device = taken('int cuDeviceGet(_Out_ int *device, int ordinal)', ordinal)
  const context = taken('int cuDevicePrimaryCtxRetain(_Out_ uintptr_t *context, int device)', device)
  bound('int cuCtxSetCurrent(uintptr_t context)')(context)
  const module = taken('int cuModuleLoadData(_Out_ uintptr_t *module, const char *image)', KERNEL)
  const kernel = taken(
    'int cuModuleGetFunction(_Out_ uintptr_t *kernel, uintptr_t module, const char *name)',
    module,
    'poison',
  )
  bound(
    'int cuLaunchKernel(uintptr_t kernel, unsigned int gx, unsigned int gy, unsigned int gz, unsigned int bx, unsigned int by, unsigned int bz, unsigned int shared, uintptr_t stream, void *parameters, void *extra)',
  )(kernel, 1, 1, 1, 1, 1, 1, 0, 0, null, null)
}

if (isMainThread) {
  process.on('SIGUSR2', () => {
    poison()
    process.stderr.write('{"poisoned":true}\n')
  })
}
