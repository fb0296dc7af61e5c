/** docker-compose.yml says what its comments promise: least rights, one port, shared memory that is shared, settings that exist. */
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createProgram } from '../../../bin/program.js'
import { reservedNames, variables } from '../../../config/environment.js'
import { loadConfig } from '../../../config/load.js'
import { packageRoot } from '../../../shared/process/version.js'
import { layoutOf } from '../../../shared/slab/layout.js'

interface Service {
  image: string
  user: string
  read_only: boolean
  cap_drop: string[]
  security_opt: string[]
  restart: string
  pids_limit: number
  stop_grace_period: string
  tmpfs: string[]
  command: string[]
  environment?: Record<string, string>
  volumes: string[]
  networks: string[]
  ports?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck: { test: string[]; interval: string; timeout: string; retries: number }
}
interface Compose {
  services: Record<string, Service>
  volumes: Record<string, { driver_opts?: { type: string; o: string } } | null>
  networks: Record<string, { internal?: boolean } | null>
}

const read = (name: string): string => fs.readFileSync(path.join(packageRoot, name), 'utf8')
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose
const nvidia = parse(read('docker-compose.nvidia.yml')) as {
  services: Record<
    string,
    {
      deploy: object
      environment: Record<string, string>
      build?: { target: string }
    }
  >
}
const services = Object.entries(compose.services)
const stages = services.filter(([name]) => name !== 'redis')

describe('docker-compose.yml', () => {
  it.each(services)(
    '%s runs with the least rights, bounded, watched, and again when it ends',
    (_, service) => {
      expect(service).toMatchObject({
        image: services[0]?.[1].image,
        user: '1000:1000',
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        restart: 'unless-stopped',
        healthcheck: { test: expect.any(Array), retries: expect.any(Number) },
      })
      expect(service.pids_limit).toBeGreaterThan(0)
      expect(service.tmpfs[0]).toMatch(/^\/tmp:size=\d+m/)
    },
  )

  it('opens one port, of publish, on loopback unless told otherwise', () => {
    expect(services.filter(([, service]) => service.ports).map(([name]) => name)).toEqual(['publish'])
    expect(compose.services.publish?.ports).toEqual([`\${RINGSIDE_PUBLISH:-127.0.0.1:8080}:8080`])
  })

  it('keeps Redis and infer on a network that leads nowhere', () => {
    expect(compose.networks.internal).toEqual({ internal: true })
    expect(compose.services.redis?.networks).toEqual(['internal'])
    expect(compose.services.infer?.networks).toEqual(['internal'])
  })

  it('never evicts a key', () => {
    const command = compose.services.redis?.command ?? []
    expect(command[command.indexOf('--maxmemory-policy') + 1]).toBe('noeviction')
  })

  it('shares one tmpfs between ingest and infer, large enough for the default slab at 640×640', () => {
    for (const stage of ['ingest', 'infer']) {
      expect(compose.services[stage]?.volumes).toContain('slab:/slab')
      expect(compose.services[stage]?.environment?.RINGSIDE_SLAB_DIR).toBe('/slab')
    }
    const { type, o } = compose.volumes.slab?.driver_opts ?? { type: '', o: '' }
    expect(type).toBe('tmpfs')
    const sizeBytes = Number(/size=\$\{RINGSIDE_SLAB_SIZE:-(\d+)m\}/.exec(o)?.[1]) * 1024 * 1024
    const { maxStreams, ringSlots } = loadConfig({}).slab
    const shape = { slotCount: maxStreams * ringSlots, rowCount: maxStreams, widthPx: 640, heightPx: 640 }
    expect(sizeBytes).toBeGreaterThan(2 * layoutOf(shape).totalBytes)
  })

  it('shares the key that seals camera URLs between those who seal and open', () => {
    for (const stage of ['ingest', 'publish'])
      expect(compose.services[stage]?.volumes).toContain('data:/data')
  })

  it('demands a token', () => {
    expect(compose.services.publish?.environment?.RINGSIDE_TOKEN).toMatch(/^\$\{RINGSIDE_TOKEN:\?/)
  })

  it.each(stages)(
    '%s is a command that exists, with settings that exist, started after Redis',
    (name, service) => {
      const commands = createProgram().commands.map(command => command.name())
      expect(service.command).toEqual(['ringside', name])
      expect(commands).toContain(name)
      expect(service.healthcheck.test).toEqual(['CMD', 'ringside', 'healthcheck', name])
      for (const variable of Object.keys(service.environment ?? {}))
        expect([...variables.keys(), ...reservedNames], variable).toContain(variable)
      const given = Object.fromEntries(
        Object.entries(service.environment ?? {}).map(([key, value]) => [
          key,
          value.replace(/^\$\{\w+:-(.*)\}$/, '$1'),
        ]),
      )
      expect(loadConfig(given).redis.url).toBe('redis://redis:6379')
      expect(service.depends_on).toEqual({ redis: { condition: 'service_healthy' } })
    },
  )

  it('declares every volume and network it uses', () => {
    for (const [, { volumes, networks }] of services) {
      for (const network of networks) expect(Object.keys(compose.networks)).toContain(network)
      for (const volume of volumes) {
        const source = volume.replace(/^\$\{\w+:-(\w+)\}/, '$1').split(':')[0]
        expect(Object.keys(compose.volumes)).toContain(source)
      }
    }
  })
})

describe('docker-compose.nvidia.yml', () => {
  it('gives GPUs to services that exist', () => {
    for (const [name, { deploy }] of Object.entries(nvidia.services)) {
      expect(Object.keys(compose.services)).toContain(name)
      expect(deploy).toMatchObject({
        resources: { reservations: { devices: [{ driver: 'nvidia', capabilities: ['gpu'] }] } },
      })
    }
  })

  it('gives each the parts of the driver that it uses, and builds a stage that exists', () => {
    const { infer, ingest } = nvidia.services
    const capabilities = (service: typeof infer): string[] =>
      (service?.environment.NVIDIA_DRIVER_CAPABILITIES ?? '').split(',')
    expect(capabilities(infer)).toEqual(expect.arrayContaining(['compute', 'utility']))
    expect(capabilities(ingest)).toContain('video')
    expect(read('Dockerfile')).toMatch(new RegExp(`^FROM \\S+ AS ${infer?.build?.target}$`, 'm'))
  })
})

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile')
  it('ends as a user without rights, and has what the stages need', () => {
    const stages = dockerfile.split(/^(?=FROM )/m).slice(1)
    const endUser = (stage: string): string | undefined => [...stage.matchAll(/^USER (\w+)$/gm)].at(-1)?.[1]
    const images = stages.filter(stage => /^FROM \S+ AS (cpu|gpu)$/m.test(stage))
    expect(images.map(endUser)).toEqual(['node', 'node'])
    // What is built where no target is named adds nothing to the image without CUDA.
    expect(stages.at(-1)?.trim()).toBe('FROM cpu')
    for (const [, source] of dockerfile.matchAll(/^COPY --from=build (.+) \S+$/gm))
      for (const file of (source as string).split(' ').map(each => each.replace('/app/', '')))
        expect(fs.existsSync(path.join(packageRoot, file)), file).toBe(true)
    for (const program of ['ffmpeg', 'redis-server', 'util-linux']) expect(dockerfile).toContain(program)
  })
})
