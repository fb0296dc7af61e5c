/** Where every frame went, a row a stream: the ledger that balances, beside the one of memory. */
import type { StreamView } from '../../../shared/api/views.js'
import type { DropReason, FrameBalance } from '../../../shared/frame/balance.js'
import { ProblemNote } from '../shell/problem-note.js'
import { formatRoute } from '../shell/route.js'
import { usePoll } from '../store/poll.js'
import { streams } from '../store/streams.js'
import { dropWords } from '../words/drops.js'
import { formatCount } from '../words/format.js'
import { type FrameLedger, ledgerOf } from './frame-ledger.js'

const FAULT = 'Received, less inferred, dropped and in flight: anything but 0 is a fault of the accounting'

export function Frames() {
  const { data, problem } = usePoll(streams)
  const ledger = ledgerOf(data ?? [])
  const some = data !== null && data.length > 0
  return (
    <section aria-labelledby="frames-title">
      <div class="section-head">
        <h2 id="frames-title">Frames</h2>
        {some && <Verdict unaccounted={ledger.unaccounted} />}
      </div>
      {problem && <ProblemNote problem={problem} />}
      {data?.length === 0 && <p class="hint">No stream is registered, so there are no frames to count.</p>}
      {some && (
        <article class={problem ? 'panel frames-panel outdated' : 'panel frames-panel'}>
          <p class="hint">
            Every frame received was inferred, was dropped for a reason, or is in flight. What is left over is
            the residual: 0, unless the accounting is at fault.
          </p>
          <FrameTable list={data} ledger={ledger} />
        </article>
      )}
    </section>
  )
}

function FrameTable({ list, ledger }: { list: readonly StreamView[]; ledger: FrameLedger }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="table-scroll" aria-label="Frames of each stream" tabIndex={0}>
      <table class="table frames">
        <caption class="unseen">Where the frames of each stream went</caption>
        <Head reasons={ledger.reasons} />
        <tbody>
          {list.map(({ id, frames }) => (
            <tr key={id} data-frames={id}>
              <th scope="row" title={id}>
                <a href={formatRoute({ name: 'stream', id })}>{id}</a>
              </th>
              <Counts frames={frames} reasons={ledger.reasons} />
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr data-frames-sum>
            <th scope="row">All streams</th>
            <Counts frames={ledger.sum} reasons={ledger.reasons} />
          </tr>
        </tfoot>
      </table>
    </section>
  )
}

function Verdict({ unaccounted }: { unaccounted: number }) {
  if (unaccounted === 0) return <span class="verdict tone-good">Balanced</span>
  return <span class="verdict tone-bad">{formatCount(unaccounted)} unaccounted</span>
}

function Head({ reasons }: { reasons: readonly DropReason[] }) {
  const rows = reasons.length > 0 ? 2 : 1
  const column = (name: string, meaning?: string) => (
    <th scope="col" rowSpan={rows} class="number" title={meaning}>
      {name}
    </th>
  )
  return (
    <thead>
      <tr>
        <th scope="col" rowSpan={rows}>
          Stream
        </th>
        {column('Received')}
        {column('Inferred')}
        {reasons.length > 0 && (
          <th scope="colgroup" colSpan={reasons.length}>
            Dropped
          </th>
        )}
        {column('In flight', 'Received, and not yet inferred or dropped')}
        {column('Residual', FAULT)}
      </tr>
      {reasons.length > 0 && (
        <tr>
          {reasons.map(reason => (
            <th key={reason} scope="col" class="number reason" title={dropWords[reason].meaning}>
              {dropWords[reason].name}
            </th>
          ))}
        </tr>
      )}
    </thead>
  )
}

function Counts({ frames, reasons }: { frames: FrameBalance; reasons: readonly DropReason[] }) {
  return (
    <>
      <td class="number">{formatCount(frames.received)}</td>
      <td class="number">{formatCount(frames.inferred)}</td>
      {reasons.map(reason => (
        <td key={reason} class="number" data-drop={reason}>
          {formatCount(frames.drops[reason])}
        </td>
      ))}
      <td class="number">{formatCount(frames.inFlight)}</td>
      <Residual frames={frames.residual} />
    </>
  )
}

function Residual({ frames }: { frames: number }) {
  if (frames === 0) return <td class="number">0</td>
  return (
    <td class="number tone-bad" title={FAULT}>
      <strong>{formatCount(frames)}</strong> unaccounted
    </td>
  )
}
