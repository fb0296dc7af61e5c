/** A worker thread that steps the main thread through its code, and keeps the states of a file. See kill-points.ts. */
import fs from 'node:fs'
import { Session } from 'node:inspector'
import { parentPort, workerData } from 'node:worker_threads'
import type { StepperData } from './kill-points.js'

const { file, over } = workerData as StepperData
const states: Buffer[] = []
const session = new Session()

session.on('Debugger.paused', () => {
  const state = fs.readFileSync(file)
  if (!states.at(-1)?.equals(state)) states.push(state)
  if (Atomics.load(over, 0) === 0) session.post('Debugger.stepInto')
  else session.post('Debugger.disable', () => parentPort?.postMessage(states))
})

parentPort?.ref() // a session alone keeps no thread alive
session.connectToMainThread()
session.post('Debugger.enable')
session.post('Debugger.setBlackboxPatterns', { patterns: ['^node:'] }, () => parentPort?.postMessage('ready'))
