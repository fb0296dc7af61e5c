/** The REST calls that the dashboard makes, by name. */
import type { DeviceList, ModelList, ProcessList, StreamList, StreamView } from '../../../shared/api/views.js'
import type { SourceInfo, StateReason } from '../../../shared/stream/stream.js'
import { request } from './request.js'

/** What the form sends; absent fields take the server's defaults. */
export interface NewStream {
  id: string
  url: string
  fps: number | null
  priority: number
}

export type ProbeAnswer = { ok: true; source: SourceInfo } | { ok: false; reason: StateReason }

const streamPath = (id: string): string => `/streams/${encodeURIComponent(id)}`

export const ringside = {
  /** Rejects where the server does not take the token. */
  checkToken: (token: string) => request<StreamList>('GET', '/streams', { token }),
  streams: () => request<StreamList>('GET', '/streams'),
  devices: () => request<DeviceList>('GET', '/gpus'),
  models: () => request<ModelList>('GET', '/models'),
  processes: () => request<ProcessList>('GET', '/processes'),
  add: (stream: NewStream) => request<StreamView>('POST', '/streams', { body: stream }),
  setEnabled: (id: string, enabled: boolean) =>
    request<StreamView>('PATCH', streamPath(id), { body: { enabled } }),
  remove: (id: string) => request<null>('DELETE', streamPath(id)),
  probe: (url: string) => request<ProbeAnswer>('POST', '/probe', { body: { url } }),
}
