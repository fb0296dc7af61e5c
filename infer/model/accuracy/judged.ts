/** What accuracy is computed from: what is on a picture, and what a model found on it. */
import type { Box } from '../../../shared/detection/message.js'

/** One labelled object. */
export interface Truth {
  classId: number
  /** In source pixels. */
  box: Box
  /** Of the object's outline where the labels know it, else of its box. */
  areaPx: number
  /** A group labelled as one: finding it is neither right nor wrong. */
  crowd: boolean
}

/** One detection. */
export interface Found {
  classId: number
  score: number
  box: Box
}

/** One picture. */
export interface Judged {
  truths: readonly Truth[]
  found: readonly Found[]
}
