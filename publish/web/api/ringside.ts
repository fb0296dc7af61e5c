/** The REST calls that the dashboard makes, by name. */
import type {
  CatalogueList,
  DeviceList,
  JobList,
  JobView,
  ModelList,
  ProcessList,
  StreamList,
  StreamView,
} from '../../../shared/api/views.js'
import type { SourceInfo, StateReason } from '../../../shared/stream/stream.js'
import { request } from './request.js'

/** What the form sends; absent fields take the server's defaults. */
export interface NewStream {
  id: string
  url: string
  model: string | null
  fps: number | null
  priority: number
  fallbackModel: string | null
  /** Absent: as the settings say. */
  ringSlots?: number
}

/** What is not named stays as it is. */
export type StreamChange = Partial<
  Pick<StreamView, 'model' | 'fps' | 'priority' | 'enabled' | 'fallbackModel' | 'ringSlots'>
>

export type ProbeAnswer = { ok: true; source: SourceInfo } | { ok: false; reason: StateReason }

const streamPath = (id: string): string => `/streams/${encodeURIComponent(id)}`
const jobPath = (id: string): string => `/jobs/${encodeURIComponent(id)}`

export const ringside = {
  /** Rejects where the server does not take the token. */
  checkToken: (token: string) => request<StreamList>('GET', '/streams', { token }),
  streams: () => request<StreamList>('GET', '/streams'),
  devices: () => request<DeviceList>('GET', '/gpus'),
  processes: () => request<ProcessList>('GET', '/processes'),
  add: (stream: NewStream) => request<StreamView>('POST', '/streams', { body: stream }),
  change: (id: string, change: StreamChange) =>
    request<StreamView>('PATCH', streamPath(id), { body: change }),
  remove: (id: string) => request<null>('DELETE', streamPath(id)),
  probe: (url: string) => request<ProbeAnswer>('POST', '/probe', { body: { url } }),
  models: () => request<ModelList>('GET', '/models'),
  catalogue: () => request<CatalogueList>('GET', '/models/catalogue'),
  pullModel: (name: string) => request<JobView>('POST', '/models/pull', { body: { name } }),
  /** Of every precision. */
  removeModel: (name: string) => request<JobView>('DELETE', `/models/${encodeURIComponent(name)}`),
  jobs: () => request<JobList>('GET', '/jobs'),
  cancelJob: (id: string) => request<JobView>('DELETE', jobPath(id)),
}
