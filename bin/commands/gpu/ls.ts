/** `ringside gpu ls`: the devices that infer runs on, and what their GPUs say of themselves. */
import type { Command } from 'commander'
import type { DeviceList, DeviceView } from '../../../shared/api/views.js'
import type { GpuReport } from '../../../shared/process/gpu-report.js'
import { printJson, printLine } from '../../output/print.js'
import { mebibytes } from '../../output/quantity.js'
import { fields, table } from '../../output/table.js'
import { type ConnectOptions, connect, withConnection, withJson } from '../connect.js'
import { examples } from '../help.js'

export function addGpuLs(gpu: Command): void {
  withJson(withConnection(gpu.command('ls')))
    .description('list the devices that infer runs on, with memory, load, power and heat of their GPUs')
    .addHelpText('after', examples('ringside gpu ls', "ringside gpu ls --json | jq '.gpus[].gpu.usedBytes'"))
    .action(async (options: ConnectOptions & { json?: boolean }) => {
      const list = await connect(options).rest.get<DeviceList>('/gpus')
      if (options.json) printJson(list)
      else if (list.gpus.length > 0) printLine(deviceText(list.gpus))
      else printLine('No infer process runs. `ringside up` starts one.')
    })
}

function deviceText(devices: readonly DeviceView[]): string {
  const header = ['ID', 'DEVICE', 'PROVIDER', 'BUSY', 'MODELS', 'CHARGED', 'LIMIT']
  const rows = devices.map(view => {
    const { id, device, busy, models, memoryChargedBytes, memoryLimitBytes, deviceMemory } = view
    const { chargedBytes, limitBytes } = deviceMemory ?? {
      chargedBytes: memoryChargedBytes,
      limitBytes: memoryLimitBytes,
    }
    return [
      id,
      device,
      [...new Set(models.flatMap(({ engine }) => engine?.provider ?? []))].join(' ') || '–',
      percent(busy),
      String(models.filter(({ engine }) => engine).length),
      mebibytes(chargedBytes),
      mebibytes(limitBytes),
    ]
  })
  const gpus = devices.flatMap(({ id, gpu }) => (gpu ? [`GPU of ${id}\n${gpuFields(gpu)}`] : []))
  return [table(header, rows), ...gpus].join('\n\n')
}

function gpuFields(gpu: GpuReport): string {
  const pairs: [name: string, value: string | null][] = [
    ['name', gpu.name],
    ['driver', gpu.driver],
    ['PCI bus id', gpu.pciBusId],
    ['memory', both(told(gpu.usedBytes, mebibytes), told(gpu.totalBytes, mebibytes))],
    ['own memory', told(gpu.processBytes, mebibytes)],
    ['SMs', told(gpu.smBusy, percent)],
    ['decoders', told(gpu.decoderBusy, percent)],
    ['from host', told(gpu.pcieRxBytesPerSecond, byteRate)],
    ['to host', told(gpu.pcieTxBytesPerSecond, byteRate)],
    ['power', both(told(gpu.powerWatts, watts), told(gpu.powerLimitWatts, watts))],
    ['temperature', told(gpu.temperatureCelsius, celsius => `${celsius} °C`)],
    ['held back by', told(gpu.throttleReasons, reasons => reasons.join(', ') || 'nothing')],
  ]
  return fields(
    pairs.map(([name, value]) => [name, value ?? '–']),
    '  ',
  )
}

function told<T>(value: T | null, format: (value: T) => string): string | null {
  return value === null ? null : format(value)
}

function both(value: string | null, limit: string | null): string | null {
  return value === null ? null : `${value} of ${limit ?? '–'}`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function watts(value: number): string {
  return `${Math.round(value)} W`
}

function byteRate(bytesPerSecond: number): string {
  return `${mebibytes(bytesPerSecond)}/s`
}
