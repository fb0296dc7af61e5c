/** How one stream is set up, and the form to change it. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { StreamView } from '../../../shared/api/views.js'
import { formatRoute } from '../shell/route.js'
import { devices } from '../store/devices.js'
import { usePoll } from '../store/poll.js'
import { decoderWords } from '../words/decoder.js'
import { EditStream } from './edit-stream.js'

export function StreamSettings({ stream }: { stream: StreamView }) {
  const [editing, setEditing] = useState(false)
  const change = useRef<HTMLButtonElement>(null)
  const wasEditing = useRef(false)
  useEffect(() => {
    // The button that opened the form is gone while it is open: whoever uses a keyboard comes back to it.
    if (wasEditing.current && !editing) change.current?.focus()
    wasEditing.current = editing
  }, [editing])
  return (
    <section class="panel" aria-labelledby="settings-title" data-settings={stream.id}>
      <div class="panel-head">
        <h2 id="settings-title">Settings</h2>
        {!editing && (
          <button ref={change} type="button" onClick={() => setEditing(true)}>
            Change
          </button>
        )}
      </div>
      {editing ? (
        <EditStream stream={stream} onDone={() => setEditing(false)} />
      ) : (
        <SettingsList stream={stream} />
      )}
    </section>
  )
}

function SettingsList({ stream }: { stream: StreamView }) {
  const defaultName = usePoll(devices).data?.[0]?.model
  const model = stream.model ?? (defaultName === undefined ? 'default' : `${defaultName} (default)`)
  return (
    <dl class="facts">
      <dt>Source</dt>
      <dd>{stream.url}</dd>
      <dt>Model</dt>
      <dd>
        <a href={formatRoute({ name: 'models' })}>{model}</a>
      </dd>
      <dt>Fallback</dt>
      <dd>{stream.fallbackModel ?? 'none'}</dd>
      <dt>Frame rate cap</dt>
      <dd>{stream.fps === null ? 'none' : `${stream.fps} fps`}</dd>
      <dt>Priority</dt>
      <dd>{stream.priority} of 9</dd>
      <dt>Ring slots</dt>
      <dd>{stream.ringSlots}</dd>
      <dt>Decoder</dt>
      <dd title={stream.decoder.reason ?? undefined}>{decoderWords(stream.decoder)}</dd>
    </dl>
  )
}
