/** Plans: which devices are meant, what is known of them, and what each would carry. Knows nothing of HTTP. */
import type { PlanAsked, PlanList } from '../../shared/api/views.js'
import type { DeviceKnowledge } from '../../shared/budget/knowledge.js'
import { isNamed, knowledgeOfProfiles } from '../../shared/budget/other-device.js'
import { type Plan, type PlanRequest, plan } from '../../shared/budget/plan.js'
import { predictionErrorOf } from '../../shared/budget/prediction-error.js'
import type { ModelProfile } from '../../shared/budget/profile.js'
import { parseResolution } from '../../shared/budget/resolution.js'
import { RingsideError } from '../../shared/errors.js'
import { canonicalModelName } from '../../shared/model/model-name.js'
import type { ProcessReport } from '../../shared/process/report.js'
import type { Ledger } from '../../shared/redis/ledger.js'
import type { Profiles } from '../../shared/redis/profiles.js'
import type { Reports } from '../../shared/redis/reports.js'
import type { KnowledgeSource } from '../knowledge.js'
import { inferProcesses } from './served-models.js'

export interface PlanParts {
  knowledge: KnowledgeSource
  profiles: Profiles
  ledger: Ledger
  reports: Reports
}

const ASSUMED_RESOLUTION = '1080p'

export class PlanCommands {
  readonly #parts: PlanParts

  constructor(parts: PlanParts) {
    this.#parts = parts
  }

  /**
   * One plan a device: of every device here, or of the one that is named.
   * @throws RingsideError `infer_unavailable`, `not_profiled`, `unknown_model`, `invalid_request`.
   */
  async plan(asked: PlanAsked): Promise<PlanList> {
    const here = await this.#here()
    const [reservations, processes] = await Promise.all([
      asked.beside ? this.#parts.ledger.list() : [],
      this.#parts.reports.processes(),
    ])
    const devices = asked.gpu === undefined ? here : [await this.#named(asked.gpu, here)]
    return {
      plans: devices.map(known => {
        const knowledge = withTarget(known, asked)
        const planned = plan(requestOf(asked, knowledge), knowledge, reservations, Date.now())
        return { ...planned, error: errorOf(planned, knowledge, processes) }
      }),
    }
  }

  async #here(): Promise<[DeviceKnowledge, ...DeviceKnowledge[]]> {
    const { knowledge } = this.#parts
    const [first, ...others] = await Promise.all((await knowledge.devices()).map(id => knowledge.of(id)))
    if (first) return [first, ...others]
    throw new RingsideError('infer_unavailable', 'No infer process has reported a device yet.', {
      remedy: 'Start Ringside (`ringside up`) and wait until /readyz answers 200.',
    })
  }

  /** A device that is here, else one that stored profiles are of. */
  async #named(name: string, here: [DeviceKnowledge, ...DeviceKnowledge[]]): Promise<DeviceKnowledge> {
    const known = here.find(({ capacity }) => isNamed(name, capacity))
    if (known) return known
    const stored = await this.#parts.profiles.list()
    const [newest] = stored.filter(({ device }) => isNamed(name, device)).sort(byAge)
    if (!newest) throw noSuchDevice(name, here, stored)
    const same = stored.filter(
      ({ device }) => device.id === newest.device.id && device.name === newest.device.name,
    )
    return knowledgeOfProfiles([newest, ...same], here[0])
  }
}

function byAge(a: ModelProfile, b: ModelProfile): number {
  return b.measuredAtMs - a.measuredAtMs
}

function withTarget(knowledge: DeviceKnowledge, { latencyTargetMs }: PlanAsked): DeviceKnowledge {
  return latencyTargetMs === undefined
    ? knowledge
    : { ...knowledge, settings: { ...knowledge.settings, latencyTargetMs } }
}

function requestOf(asked: PlanAsked, knowledge: DeviceKnowledge): PlanRequest {
  const { capacity, defaultModel } = knowledge
  const { resolution, decoder, ringSlots, streams = null, fps, codec = null } = asked
  const model = canonicalModelName(asked.model ?? defaultModel)
  checkKnown(model, knowledge)
  return {
    streams,
    demand: {
      model,
      fps,
      ...parseResolution(resolution ?? ASSUMED_RESOLUTION),
      codec,
      decoder: decoder ?? (capacity.kind === 'gpu' ? 'nvdec' : 'libav'),
      ringSlots: ringSlots ?? Math.floor(capacity.slabSlots / Math.max(1, capacity.slabRows)),
      priority: 5,
      assumed: [...(resolution ? [] : (['size'] as const)), ...(decoder ? [] : (['decoder'] as const))],
    },
  }
}

function checkKnown(model: string, { profiles, estimates, capacity }: DeviceKnowledge): void {
  if (profiles.has(model) || estimates.has(model)) return
  const known = [...new Set([...profiles.keys(), ...estimates.keys()])].sort()
  throw new RingsideError(
    'unknown_model',
    `Nothing is known of a model ${model} on ${capacity.id} (${capacity.name}).`,
    {
      key: 'model',
      value: model,
      remedy: `Known there: ${known.join(', ') || 'none'}. \`ringside model ls\` lists models, \`ringside model profile NAME\` measures one.`,
    },
  )
}

function noSuchDevice(
  name: string,
  here: readonly DeviceKnowledge[],
  stored: readonly ModelProfile[],
): RingsideError {
  const all = [...here.map(({ capacity }) => capacity), ...stored.map(({ device }) => device)]
  const names = [...new Set(all.map(device => `${device.id} (${device.name})`))]
  return new RingsideError('not_profiled', `No device and no stored profile is of ${name}.`, {
    key: 'gpu',
    value: name,
    remedy: `Known: ${names.join(', ')}. A model is profiled on a device with \`ringside model profile NAME\`, or when it first loads there.`,
  })
}

/** How far off the profile is from what runs on the same device now. */
function errorOf(
  { device, model }: Plan,
  { profiles, capacity }: DeviceKnowledge,
  processes: readonly ProcessReport[],
): Plan['error'] {
  const profile = profiles.get(model)
  const process = inferProcesses(processes).find(({ detail }) => detail.deviceId === device)
  const report = process?.detail.models.find(({ name }) => name === model)
  return profile && report && profile.device.name === capacity.name
    ? predictionErrorOf(profile, report)
    : null
}
