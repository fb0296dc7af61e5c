/** The command line as a whole: which commands there are. Each is a file of its own in `commands/`. */
import { Command } from 'commander'
import { stages } from '../shared/process/report.js'
import { version } from '../shared/process/version.js'
import { addAudit } from './commands/audit.js'
import { addCamera } from './commands/camera.js'
import { addConfig } from './commands/config.js'
import { addDemo } from './commands/demo.js'
import { addDoctor } from './commands/doctor.js'
import { addGpu } from './commands/gpu/gpu.js'
import { addHealthcheck } from './commands/healthcheck.js'
import { addMemory } from './commands/memory/memory.js'
import { addModel } from './commands/model/model.js'
import { addPlan } from './commands/plan.js'
import { addStage } from './commands/stage.js'
import { addStream } from './commands/stream/stream.js'
import { addUp } from './commands/up.js'
import { exitCodeHelp } from './exit-codes.js'

const settingsHelp = `
Settings come from RINGSIDE_CONFIG (a YAML file) and variables; \`ringside config\` shows all of them.
The stream commands find the Ringside of this machine by themselves; --url and --token name another.

${exitCodeHelp()}`

export function createProgram(): Command {
  const program = new Command('ringside')
    .description('Live object detections from RTSP cameras.')
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'ringside: ')) })
    .showHelpAfterError('  `ringside <command> --help` shows what it takes.')
    .addHelpText('after', settingsHelp)
  addUp(program)
  addDemo(program)
  for (const stage of stages) addStage(program, stage)
  addStream(program)
  addModel(program)
  addGpu(program)
  addPlan(program)
  addMemory(program)
  addAudit(program)
  addConfig(program)
  addDoctor(program)
  addCamera(program)
  addHealthcheck(program)
  return program
}
