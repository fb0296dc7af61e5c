/** The devices that infer runs on, with the models that they host. */
import type { DeviceView } from '../../../shared/api/views.js'
import { ringside } from '../api/ringside.js'
import { createPoll } from './poll.js'

export const devices = createPoll<DeviceView[]>(async () => (await ringside.devices()).gpus, 2000)
