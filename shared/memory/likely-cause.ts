/** Names the likely cause of growth between two snapshots, in sentences. Pure: it knows what was added, restarted or held twice. */
import type { MemorySnapshot } from './allocation.js'
import type { OwnerGrowth, SnapshotDiff } from './diff.js'
import { growthMeaning } from './owner.js'
import { shownBytes } from './quantity.js'

/** Less than this, of all growth together, is the noise of processes that do their work. */
const NOISE_BYTES = 4 * 2 ** 20
const MAX_CAUSES = 3
/** Growth is taken for a second copy of a model from here on, and where it is as much to within this share. */
const MIN_MODEL_BYTES = 16 * 2 ** 20
const SAME_SHARE = 0.2

interface Cause {
  /** Growth that it explains. */
  bytes: number
  text: string
}

/** @returns at most three, the one that explains the most bytes first; one that says so where there is nothing to explain. */
export function likelyCauses(diff: Omit<SnapshotDiff, 'causes'>, after: MemorySnapshot): string[] {
  const grown = diff.owners.filter(({ bytes }) => bytes > 0)
  const causes: Cause[] = []
  let left = grown
  for (const explain of [heldTwice, addedModels, addedStreams, restarts, dividedAnew]) {
    const { found, rest } = explain(left, diff, after)
    causes.push(...found)
    left = rest
  }
  causes.push(...left.map(growth => ownGrowth(growth, diff, after)))
  const telling = causes.filter(({ bytes }) => bytes >= NOISE_BYTES).sort((a, b) => b.bytes - a.bytes)
  if (telling.length > 0) return telling.slice(0, MAX_CAUSES).map(({ text }) => text)
  return [nothing(diff)]
}

interface Explained {
  found: Cause[]
  rest: OwnerGrowth[]
}
type Explain = (grown: OwnerGrowth[], diff: Omit<SnapshotDiff, 'causes'>, after: MemorySnapshot) => Explained

/** More sets of weights of one model than before, though it ran before: sessions that were not let go, or a second process on the device. */
const heldTwice: Explain = (grown, { models }, after) => {
  const [twice, rest] = split(
    grown,
    ({ kind, countBefore, countAfter, owner }) =>
      kind === 'weights' &&
      countBefore > 0 &&
      countAfter > countBefore &&
      !models.added.some(model => isOf(owner, model)),
  )
  const found = twice.map(growth => {
    const holders = after.processes.filter(({ allocations }) =>
      allocations.some(({ kind, owner }) => kind === 'weights' && owner === growth.owner),
    )
    const where = holders.length > 1 ? `, in ${holders.length} processes` : ''
    return {
      bytes: growth.bytes,
      text: `Held twice: the weights of ${growth.owner} are held ${growth.countAfter} times instead of ${growth.countBefore}${where} (${signed(growth.bytes)}); it was loaded again and the old one not let go.`,
    }
  })
  return { found, rest }
}

const addedModels: Explain = (grown, { models }) =>
  byName(
    grown,
    models.added,
    (model, bytes, parts) =>
      `Model loaded: ${model} was not there before, and takes ${signed(bytes)} (${parts}).`,
  )

const addedStreams: Explain = (grown, { streams }) =>
  byName(
    grown,
    streams.added,
    (stream, bytes, parts) =>
      `Stream added: ${stream} was not there before, and takes ${signed(bytes)} (${parts}).`,
  )

/** A process that began afresh between the two says nothing of leaks: its figures begin again. */
const restarts: Explain = (grown, { restarted }) => {
  const [of, rest] = split(grown, ({ stage }) => restarted.includes(stage))
  const found = restarted.map(stage => {
    const own = of.filter(growth => growth.stage === stage)
    const isNew = own.every(({ bytesBefore }) => bytesBefore === 0)
    const text = isNew
      ? `Started: no process of ${stage} told what it holds before; now they hold ${signed(sum(own))}.`
      : `Restarted: the processes of ${stage} are others than before, and hold ${signed(sum(own))}; compare snapshots of one process to see a leak.`
    return { bytes: sum(own), text }
  })
  return { found, rest }
}

/** Decoders of one process hold their memory together, divided among its streams: where streams went, what is left is divided by fewer. */
const dividedAnew: Explain = (grown, { owners, streams }) => {
  const isPart = ({ kind, exact }: OwnerGrowth): boolean => kind === 'decoder' && !exact
  const [parts, rest] = split(grown, isPart)
  if (parts.length === 0 || streams.removed.length === 0) return { found: [], rest: grown }
  const bytes = sum(owners.filter(isPart))
  const text = `The decoders together hold ${signed(bytes)}; ${streams.removed.join(', ')} ended, and what they shared is divided among those that are left.`
  return { found: bytes > 0 ? [{ bytes, text }] : [], rest }
}

/** What grew belongs to nothing that was added; where something was, it may have come with it. */
function ownGrowth(growth: OwnerGrowth, diff: Omit<SnapshotDiff, 'causes'>, after: MemorySnapshot): Cause {
  const { name, bytesBefore, bytesAfter, bytes, countBefore, countAfter } = growth
  const added = [...diff.models.added, ...diff.streams.added]
  const head = added.length === 0 ? 'Growth of its own' : `Growth beside what was added (${added.join(', ')})`
  const counts = countAfter === countBefore ? '' : `, count ${countBefore} → ${countAfter}`
  return {
    bytes,
    text: `${head}: the ${name} went from ${shownBytes(bytesBefore)} to ${shownBytes(bytesAfter)} (${signed(bytes)}${counts}): ${growthMeaning(growth)}${asModel(growth, after)}.`,
  }
}

/** What nobody owns grew by what a model takes: a second copy of it, which its owner does not know of. */
function asModel({ stage, where, owner, bytes }: OwnerGrowth, { models, processes }: MemorySnapshot): string {
  if (stage !== 'infer' || owner !== 'process' || bytes < MIN_MODEL_BYTES) return ''
  const held = processes.flatMap(({ allocations }) => allocations.filter(each => each.where === where))
  const same = models.find(model => {
    const taken = sum(held.filter(each => isOf(each.owner, model)))
    return taken * (1 - SAME_SHARE) <= bytes && bytes <= taken * (1 + SAME_SHARE)
  })
  return same === undefined ? '' : `; it is about what model ${same} takes, which may be loaded twice`
}

function nothing({ bytes, streams, models }: Omit<SnapshotDiff, 'causes'>): string {
  const gone = [...streams.removed, ...models.removed]
  const why = gone.length > 0 ? `; ${gone.join(', ')} ended` : ''
  return `Nothing grew by more than ${shownBytes(NOISE_BYTES)} (${signed(bytes)} in all${why}).`
}

/** Growth of owners that carry one of the names, a cause for each name. */
function byName(
  grown: OwnerGrowth[],
  names: readonly string[],
  tell: (name: string, bytes: number, parts: string) => string,
): Explained {
  let rest = grown
  const found: Cause[] = []
  for (const name of names) {
    const [of, others] = split(rest, ({ owner }) => isOf(owner, name))
    rest = others
    if (of.length === 0) continue
    const parts = of.map(({ kind, bytes }) => `${kind} ${shownBytes(bytes)}`).join(', ')
    found.push({ bytes: sum(of), text: tell(name, sum(of), parts) })
  }
  return { found, rest }
}

/** Owners end with the name of what they belong to: `bucket 16 of yolov8n`, `stream gate`. */
function isOf(owner: string, name: string): boolean {
  return owner === name || owner.endsWith(` ${name}`)
}

function split<T>(list: readonly T[], fits: (item: T) => boolean): [T[], T[]] {
  return [list.filter(fits), list.filter(item => !fits(item))]
}

function sum(growths: readonly { bytes: number }[]): number {
  return growths.reduce((total, { bytes }) => total + bytes, 0)
}

function signed(bytes: number): string {
  return bytes >= 0 ? `+${shownBytes(bytes)}` : shownBytes(bytes)
}
