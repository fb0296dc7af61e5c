/** The engine in a process of its own is the same engine. */
import { EngineProcess } from '../../infer/evaluate/engine-process.js'
import { engineContract } from './engine.js'

engineContract('onnxruntime', () => new EngineProcess())
