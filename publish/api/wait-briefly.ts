/** Waits for what follows a change that is recorded already: it hastens the change or saves it, and undoes nothing where it is late. */

/** A request is answered within two seconds: this much of them may be spent on what follows it. */
const BRIEFLY_MS = 500

/** @param works that tell of their own failures: none may reject. */
export async function waitBriefly(...works: Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise(resolve => {
    timer = setTimeout(resolve, BRIEFLY_MS)
  })
  await Promise.race([Promise.all(works), enough])
  clearTimeout(timer)
}
