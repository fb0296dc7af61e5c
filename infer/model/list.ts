/** What `ringside model ls` shows: every model that can be named, and why one cannot be used. */
import { messageOf } from '../../shared/errors.js'
import { recogniseFamily } from './families/recognise.js'
import { gatherEvidence } from './onnx/evidence.js'
import { parseModel, readModelBytes } from './onnx/read-model.js'
import type { FamilyName } from './prepared-model.js'
import { type ModelFile, modelFiles } from './resolve.js'

export interface ListedModel {
  name: string
  path: string
  /** Null where the file cannot be read. */
  bytes: number | null
  family: FamilyName | null
  widthPx: number | null
  heightPx: number | null
  classCount: number | null
  /** Why it cannot be used; null where it can. */
  problem: string | null
}

/** @throws RingsideError `invalid_config` where the folder itself cannot be read. */
export async function listModels(modelsDir: string): Promise<ListedModel[]> {
  const listed: ListedModel[] = []
  // One after another: each is read whole.
  for (const model of await modelFiles(modelsDir)) listed.push(await lookInto(model))
  return listed
}

async function lookInto({ name, file }: ModelFile): Promise<ListedModel> {
  const unknown = {
    name,
    path: file,
    bytes: null,
    family: null,
    widthPx: null,
    heightPx: null,
    classCount: null,
  }
  try {
    const source = await readModelBytes(file)
    return { ...unknown, bytes: source.length, ...recognised(source, file) }
  } catch (error) {
    return { ...unknown, problem: messageOf(error) }
  }
}

function recognised(source: Buffer, file: string) {
  try {
    const evidence = gatherEvidence(parseModel(source, file), file)
    const { family, head } = recogniseFamily(evidence, file)
    const { widthPx, heightPx } = evidence
    return { family: family.name, classCount: head.classCount, widthPx, heightPx, problem: null }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}
