/** Looks at something every so often, one look at a time. What a look throws is told, and the next one tries again. */
export interface Repeated {
  /** No look begins afterwards, and none that is under way is acted upon. Idempotent. */
  close(): void
}

export interface Look<T> {
  everyMs: number
  read(): Promise<T>
  act(read: T): void
  failed(error: unknown): void
}

export function repeat<T>({ everyMs, read, act, failed }: Look<T>): Repeated {
  let underWay = false
  let closed = false
  async function look(): Promise<void> {
    if (underWay) return
    underWay = true
    try {
      const found = await read()
      if (!closed) act(found)
    } catch (error) {
      if (!closed) failed(error)
    } finally {
      underWay = false
    }
  }
  const timer = setInterval(() => void look(), everyMs)
  void look()
  return {
    close(): void {
      closed = true
      clearInterval(timer)
    },
  }
}
