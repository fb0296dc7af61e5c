import { OnnxruntimeEngine } from '../../infer/engine/onnxruntime/engine.js'
import { engineContract } from './engine.js'

engineContract('onnxruntime', () => new OnnxruntimeEngine())
