/** Building blocks of the schemas of REST and of the WebSocket. A schema is the documentation, the validator and the serialiser at once. */
import Type, { type Static, type TSchema } from 'typebox'
import type { Problem } from '../../../shared/api/views.js'
import { resources } from '../../../shared/budget/resources.js'
import { streamIdPattern } from '../../../shared/stream/stream.js'

export const closed = { additionalProperties: false } as const

/** One of a fixed list of words. */
export function words<const T extends string>(list: readonly T[], description = '') {
  return Type.Unsafe<T>({ type: 'string', enum: [...list], ...(description && { description }) })
}

export function nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}

/** A nullable scalar of one branch: a fault in it is told as one fault, not as one of each branch of a union. */
export function nullableScalar<T extends string | number>(
  type: 'string' | 'number' | 'integer',
  rest: object,
) {
  return Type.Unsafe<T | null>({ type: [type, 'null'], ...rest })
}

export const count = (description: string) => Type.Integer({ description })
export const bytes = (description: string) => Type.Integer({ description, 'x-unit': 'bytes' })
export const wallMs = (description: string) =>
  Type.Number({ description: `${description} Milliseconds since the Unix epoch.` })

export const streamId = Type.String({
  pattern: streamIdPattern,
  description: 'An id is 1–64 characters of a–z, 0–9, _ and -.',
})

export const bases = ['measured', 'estimated'] as const

const remedy = Type.Object({
  kind: words(['fps', 'model', 'ring_slots', 'evict']),
  text: Type.String(),
  change: Type.Object(
    {
      fps: Type.Optional(Type.Number()),
      model: Type.Optional(Type.String()),
      ringSlots: Type.Optional(Type.Integer()),
      evict: Type.Optional(Type.Array(Type.String(), { description: 'Streams to pause first.' })),
    },
    { description: 'What to change in the request.' },
  ),
})

export const problemSchema = Type.Object(
  {
    type: Type.String({ description: '`urn:ringside:error:` and the code.' }),
    title: Type.String({ description: 'What the code means.' }),
    status: Type.Integer({ description: 'HTTP status.' }),
    detail: Type.String({ description: 'What is wrong here.' }),
    code: Type.String({ description: 'Stable; docs/errors.md lists them.' }),
    key: Type.Optional(Type.String({ description: 'The field or setting at fault.' })),
    value: Type.Optional(Type.String({ description: 'Its value as given; never a secret.' })),
    remedy: Type.Optional(Type.String({ description: 'What to do about it.' })),
    device: Type.Optional(Type.String({ description: 'Of budget_exceeded: the device that is full.' })),
    binding: Type.Optional(words(resources, 'The resource whose limit binds.')),
    asked: Type.Optional(Type.Number({ description: 'What was asked of it.' })),
    free: Type.Optional(Type.Number({ description: 'What is free of it.' })),
    limit: Type.Optional(Type.Number({ description: 'What may be promised of it in all.' })),
    basis: Type.Optional(words(bases, 'Whether the model was measured on the device.')),
    remedies: Type.Optional(Type.Array(remedy, { description: 'Changes each of which would make it fit.' })),
  },
  { description: 'RFC 9457 problem details.' },
)

/** Compiles only where every value of the contract `T` is one of the schema `S`; true where it has no field that the schema lacks. */
export type Fits<T extends Static<S>, S extends TSchema> =
  Exclude<keyof T, keyof Static<S>> extends never ? true : false

/** Compiles only where each is true. */
export type AllFit<T extends readonly true[]> = T

export type ProblemFits = AllFit<[Fits<Problem, typeof problemSchema>]>

/** The answers of a route: one of success, and problem details for all others. */
export function answers<const S extends number, T>(status: S, schema: T) {
  const problem = {
    description: 'What is wrong, and what to do about it',
    content: { 'application/problem+json': { schema: problemSchema } },
  }
  return { [status]: schema, '4xx': problem, '5xx': problem } as { [status in S]: T }
}
