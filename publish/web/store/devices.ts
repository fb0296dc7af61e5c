/** The devices that infer runs on, and the classes that the served models know. */
import type { DeviceView, ModelList } from '../../../shared/api/views.js'
import { ringside } from '../api/ringside.js'
import { createPoll } from './poll.js'

export const devices = createPoll<DeviceView[]>(async () => (await ringside.devices()).gpus, 2000)

/** Models change when infer restarts, seldom. */
export const models = createPoll<ModelList['models']>(async () => (await ringside.models()).models, 15_000)
