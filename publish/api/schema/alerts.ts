/** Schemas of alerts. */
import Type from 'typebox'
import type { AlertList } from '../../../shared/api/memory-views.js'
import { type Alert, alertKinds } from '../../../shared/memory/alert.js'
import { type AllFit, bytes, type Fits, nullable, wallMs, words } from './common.js'

export const alert = Type.Object(
  {
    id: Type.String({ description: '`<kind>:<device or host>`; at most one of each fires.' }),
    kind: words(alertKinds),
    device: nullable(Type.String({ description: 'null is the host.' })),
    state: words(['firing', 'resolved']),
    value: Type.Number({
      description:
        'Shares of 1; of `exhaustion` the milliseconds that are left; of `leak` the bytes an hour.',
    }),
    threshold: Type.Number({
      description: 'In the unit of the value; of `leak` the bytes that must have come.',
    }),
    meaning: Type.String({ description: 'What it means: a sentence with figures.' }),
    remedy: Type.String({ description: 'What to do.' }),
    owners: Type.Array(Type.Object({ owner: Type.String(), bytes: bytes('Growth in the time looked at.') }), {
      description: 'Owners that grew, the most first; of leaks alone.',
    }),
    sinceMs: wallMs('When the state began.'),
    atMs: wallMs('When it was looked at last.'),
  },
  { description: 'Something about memory that an operator should know; docs/alerts.md lists all.' },
)

export const alertList = Type.Object({ alerts: Type.Array(alert) })

export type AlertFits = AllFit<[Fits<Alert, typeof alert>, Fits<AlertList, typeof alertList>]>
