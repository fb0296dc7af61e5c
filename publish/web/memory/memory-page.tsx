/** Memory: how it went over time, what is wrong with it, what was done about that, and who holds it; and where the frames went. */
import { useState } from 'preact/hooks'
import { Choice } from '../shell/choice.js'
import { ProblemNote } from '../shell/problem-note.js'
import { devices } from '../store/devices.js'
import { usePoll } from '../store/poll.js'
import { AlertList } from './alert-list.js'
import { CompactionList } from './compaction-list.js'
import { Frames } from './frame-table.js'
import { Snapshots } from './snapshots.js'
import { Timeline } from './timeline.js'

export function MemoryPage() {
  const { data, problem } = usePoll(devices)
  const [chosen, setChosen] = useState<string | null>(null)
  const device = data?.find(({ id }) => id === chosen) ?? data?.[0] ?? null
  return (
    <>
      <h1>Memory</h1>
      {problem && <ProblemNote problem={problem} />}
      <AlertList />
      {data !== null && data.length > 1 && (
        <Choice
          name="Device"
          options={data.map(({ id, device: content }) => ({ value: id, content: `${content} · ${id}` }))}
          chosen={device?.id ?? ''}
          onChange={setChosen}
        />
      )}
      {data?.length === 0 && <p class="hint">No infer process runs, so there is no memory to watch.</p>}
      {device && <Timeline key={device.id} device={device.id} name={device.device} />}
      <Frames />
      <CompactionList />
      <Snapshots />
    </>
  )
}
