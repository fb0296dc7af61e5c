/** This page's WebSocket: its state, the next try, and what it lost. */
import { useEffect, useState } from 'preact/hooks'
import { liveConnection } from '../store/live.js'
import { useValue } from '../store/use-value.js'
import { formatCount } from '../words/format.js'

export function ConnectionPanel() {
  const status = useValue(liveConnection.status)
  const seconds = useSecondsUntil(status.retryAtMs)
  const words = {
    closed: 'not connected',
    connecting: 'connecting…',
    open: 'connected',
    waiting: `lost; next try in ${seconds} s`,
  }
  return (
    <article class="panel" data-connection={status.state}>
      <div class="panel-head">
        <h3>Live connection</h3>
        {status.state === 'waiting' && (
          <button type="button" onClick={() => liveConnection.retryNow()}>
            Try now
          </button>
        )}
      </div>
      <dl class="facts">
        <dt>WebSocket</dt>
        <dd>{words[status.state]}</dd>
        <dt>Messages lost by this page</dt>
        <dd>{formatCount(status.messagesLost)}</dd>
        {status.refusal && (
          <>
            <dt>Last refusal</dt>
            <dd>{status.refusal}</dd>
          </>
        )}
      </dl>
    </article>
  )
}

function useSecondsUntil(atMs: number | null): number {
  const [, tick] = useState<unknown>(null)
  useEffect(() => {
    if (atMs === null) return
    const timer = setInterval(() => tick({}), 500)
    return () => clearInterval(timer)
  }, [atMs])
  return atMs === null ? 0 : Math.max(0, Math.ceil((atMs - Date.now()) / 1000))
}
