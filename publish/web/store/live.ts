/** The page's one WebSocket, opened once the server has accepted this browser. */
import { LiveConnection } from '../live/connection.js'
import { access } from './access.js'
import { pageVisible } from './page.js'

export const liveConnection = new LiveConnection(() => {
  const url = new URL('/ws', window.location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  return new WebSocket(url)
})

access.subscribe(() => {
  if (access.get() === 'granted') liveConnection.open()
  else liveConnection.close()
})
const retry = (): void => {
  if (pageVisible.get() && access.get() === 'granted') liveConnection.retryNow()
}
window.addEventListener('online', retry)
pageVisible.subscribe(retry)
