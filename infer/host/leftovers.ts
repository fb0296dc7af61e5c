/**
 * What infers that were killed left behind: slab files, and their announcements. Those of this device go at start, but for the
 * slabs of models that are wanted again, where ingest still writes. Those of another device go once nobody serves it any more:
 * after a change from CPU to GPU, ingest must not write to a slab that nobody reads.
 */
import { messageOf } from '../../shared/errors.js'
import type { StageContext } from '../../shared/process/stage.js'
import { Capacities } from '../../shared/redis/capacities.js'
import { hasOwner } from '../../shared/redis/ownership.js'
import { inferRole } from '../role.js'
import { deviceOfSlab, removeOtherSlabs, type SlabSettings, slabDevices } from '../slab-owner.js'
import type { ModelLoader } from './loader.js'

const PERIOD_MS = 5000

type Context = Pick<StageContext, 'connection' | 'reports' | 'log'>

/** @param wanted names of the models whose slabs stay. */
export async function forgetOwnSlabs(
  { reports }: Context,
  device: string,
  loader: ModelLoader,
  wanted: readonly string[],
): Promise<void> {
  loader.removeOtherSlabs(wanted)
  const ids = new Set(wanted.map(name => loader.slabId(name)))
  const announced = (await reports.slabs()).filter(({ id }) => deviceOfSlab(id) === device && !ids.has(id))
  await Promise.all(announced.map(({ id }) => reports.withdrawSlab(id)))
}

/** One look at the devices of others. @returns those whose slabs were removed. */
export async function forgetDeadDevices(
  { connection, reports }: Context,
  device: string,
  settings: SlabSettings,
): Promise<string[]> {
  const slabs = await reports.slabs()
  const known = new Set([...slabs.map(({ id }) => deviceOfSlab(id)), ...slabDevices(settings)])
  const dead: string[] = []
  for (const other of known) {
    if (other === null || other === device) continue
    if (await hasOwner(connection.redis, connection.keys, inferRole(other))) continue
    removeOtherSlabs(other, [], settings)
    const ids = slabs.map(({ id }) => id).filter(id => deviceOfSlab(id) === other)
    const capacities = new Capacities(connection.redis, connection.keys)
    await Promise.all([
      ...ids.map(id => reports.withdrawSlab(id)),
      reports.removeModels(other),
      capacities.remove(other),
    ])
    dead.push(other)
  }
  return dead
}

/** Looks at once, and again and again: whoever was killed owns its device for some seconds still. */
export function sweepDeadDevices(
  context: Context,
  device: string,
  settings: SlabSettings,
): { close(): void } {
  const { log } = context
  let underWay = false
  async function look(): Promise<void> {
    if (underWay) return
    underWay = true
    try {
      const dead = await forgetDeadDevices(context, device, settings)
      if (dead.length > 0) log.info({ devices: dead }, 'removed the slabs of devices that nobody serves')
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'the slabs of other devices are not known')
    } finally {
      underWay = false
    }
  }
  const timer = setInterval(() => void look(), PERIOD_MS)
  void look()
  return { close: () => clearInterval(timer) }
}
