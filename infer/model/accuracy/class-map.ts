/** Which class of a data set is which of the model's: by name, since numbers differ. */
import { RingsideError } from '../../../shared/errors.js'
import type { Truth } from './judged.js'

export interface ClassMap {
  /** The truths of classes that the model knows, with its numbers. */
  translate(truths: readonly Truth[]): Truth[]
  /** Classes of the data set that the model has no name for: they are not judged. */
  unknown: string[]
}

/** @throws RingsideError `dataset_invalid` where no name is common to both. */
export function mapClasses(datasetNames: readonly string[], modelNames: readonly string[]): ClassMap {
  const byName = new Map(modelNames.map((name, i) => [plain(name), i]))
  const classOf = datasetNames.map(name => byName.get(plain(name)))
  if (classOf.every(classId => classId === undefined)) {
    const some = (names: readonly string[]): string =>
      names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '')
    throw new RingsideError(
      'dataset_invalid',
      `The model knows none of the labelled classes: it has ${some(modelNames)}; the labels name ${some(datasetNames)}.`,
      {
        key: 'images',
        remedy: 'Name the classes as the model does, in classes.txt, data.yaml or the COCO file.',
      },
    )
  }
  return {
    translate: truths =>
      truths.flatMap(truth => {
        const classId = classOf[truth.classId]
        return classId === undefined ? [] : [{ ...truth, classId }]
      }),
    unknown: datasetNames.filter((_, i) => classOf[i] === undefined),
  }
}

/** `Traffic_Light` is `traffic light`. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim()
}
