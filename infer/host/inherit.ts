/** A slab goes, the counts of its streams stay: they are added to the row that the stream has in another slab. */
import type { FrameLedger } from '../../shared/slab/ledger.js'

/**
 * A stream without another row loses its counts: they begin at 0 with its next slab, all together.
 * @param from the rows of a slab that nothing reads any more; ingest may still write to it, which nobody counts then.
 * @param to the rows of all slabs that stay.
 */
export function inheritCounters(from: readonly FrameLedger[], to: readonly FrameLedger[]): void {
  for (const ledger of from) {
    const { stream, incarnation } = ledger
    if (!stream) continue
    const heir = to.find(other => other.stream === stream && other.incarnation === incarnation)
    heir?.inherit(ledger.balance())
  }
}
