/** A model of the catalogue: what `ringside model pull` fetches, and what it must be. The schema of each entry of `infer/model/registry/catalogue.yml`. */
import Type, { type Static } from 'typebox'
import { baseNamePattern } from './model-name.js'

const closed = { additionalProperties: false } as const
const https = (description: string) => Type.String({ pattern: '^https?://[^\\s]+$', description })

export const catalogueEntrySchema = Type.Object(
  {
    name: Type.String({ pattern: baseNamePattern, description: 'As `ringside model pull` takes it.' }),
    title: Type.String({ minLength: 1, description: 'As its project calls it.' }),
    family: Type.String({ description: 'Family that Ringside recognises it as.' }),
    address: https('The ONNX file itself.'),
    sha256: Type.Union([Type.String({ pattern: '^[0-9a-f]{64}$' }), Type.Null()], {
      description:
        'Of that file, computed from its bytes by whoever made the entry; null where nobody states it: whoever pulls it gives it then.',
    }),
    bytes: Type.Union([Type.Integer({ minimum: 1, maximum: 2 ** 30 }), Type.Null()], {
      description: 'Length of that file; null where nobody states it.',
    }),
    licence: Type.Object(
      {
        spdx: Type.String({ pattern: '^[A-Za-z0-9.+-]+$', description: 'SPDX identifier.' }),
        source: https('Where its project says so.'),
      },
      closed,
    ),
    inputWidthPx: Type.Integer({ minimum: 32 }),
    inputHeightPx: Type.Integer({ minimum: 32 }),
    publishedMap: Type.Union([
      Type.Null(),
      Type.Object(
        {
          percent: Type.Number({ minimum: 0, maximum: 100, description: 'mAP@50:95 on COCO val2017.' }),
          source: https('Where its project publishes it.'),
        },
        closed,
      ),
    ]),
    sidecar: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'Written beside the file as model.yml: what its own evidence does not tell.',
      }),
    ),
    notes: Type.Optional(Type.String()),
  },
  closed,
)
export type CatalogueEntry = Static<typeof catalogueEntrySchema>
