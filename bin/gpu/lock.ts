/** One installation at a time: a lock that ends with the process that holds it. */
import fs from 'node:fs/promises'
import { RingsideError } from '../../shared/errors.js'
import { tryLock } from '../../shared/native/file-lock.js'

/** @throws RingsideError `gpu_provider_unavailable` where another process holds it; what `work` throws. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const handle = await fs.open(file, 'a', 0o600)
  try {
    if (tryLock(handle.fd)) return await work()
    throw new RingsideError(
      'gpu_provider_unavailable',
      'Another process installs the GPU provider just now.',
      {
        key: 'dataDir',
        value: file,
        remedy: 'Wait for it, and run the command again: it then verifies what is there.',
      },
    )
  } finally {
    await handle.close()
  }
}
