/** A model that streams may name, as the infer process of a device finds it: what publish checks names against and REST lists. */
import { splitModelName } from './model-name.js'

export interface ModelRecord {
  /** As a stream names it; a precision other than fp32 is part of it: `yolox-nano@int8`. */
  name: string
  /** Where it comes from: with Ringside, a file of `model.modelsDir`, or the registry. */
  origin: 'shipped' | 'folder' | 'registry'
  /** Null where the file cannot be read or recognised: `problem` then says why. */
  family: string | null
  precision: 'fp32' | 'fp16' | 'int8'
  widthPx: number | null
  heightPx: number | null
  classes: string[]
  /** Of the source file. */
  bytes: number | null
  /** SHA-256 of the source file, in hex. */
  digest: string | null
  /** SPDX identifier where it is known. */
  licence: string | null
  /** Why it cannot be used; null where it can. */
  problem: string | null
}

/** The record that a name is found by: its own, or that of its model, which can be had in other precisions too. */
export function recordNamed(name: string, records: readonly ModelRecord[]): ModelRecord | null {
  const base = splitModelName(name)?.base
  return records.find(record => record.name === name) ?? records.find(record => record.name === base) ?? null
}
