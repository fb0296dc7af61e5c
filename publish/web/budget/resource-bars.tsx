/** Every resource of a device as a bar: what is promised of what may be, what is left, and which binds. */
import type { Amounts, Limits } from '../../../shared/budget/resources.js'
import { formatShare } from '../words/format.js'
import { bindingOf, formatAmount, resourceWords, type Utilisation, utilisationOf } from '../words/resource.js'

interface Props {
  used: Amounts
  limits: Limits
}

export function ResourceBars({ used, limits }: Props) {
  const list = utilisationOf(used, limits)
  const binding = bindingOf(list)
  return (
    <ul class="resources">
      {list.map(each => (
        <ResourceBar key={each.resource} utilisation={each} binds={each.resource === binding} />
      ))}
    </ul>
  )
}

export function ResourceBar({ utilisation, binds }: { utilisation: Utilisation; binds: boolean }) {
  const { resource, share } = utilisation
  const { name, meaning } = resourceWords[resource]
  const over = share !== null && share > 1
  return (
    <li class={over ? 'resource over' : 'resource'} data-resource={resource} title={meaning}>
      <span class="resource-name">
        {name}
        {binds && (
          <span class={over ? 'binds tone-bad' : 'binds tone-busy'}>{over ? 'over' : 'binds first'}</span>
        )}
      </span>
      <span class="meter-track" aria-hidden="true">
        <span class="meter-fill" style={{ width: `${Math.min(1, share ?? 0) * 100}%` }} />
      </span>
      <span class="resource-value">
        {describe(utilisation).map(part => (
          <span key={part}>{part}</span>
        ))}
      </span>
    </li>
  )
}

/** "1.2 GiB of 8.0 GiB", "15 %", "6.8 GiB free": each stays in one line. */
function describe({ resource, used, limit, free, share }: Utilisation): string[] {
  const amount = formatAmount(resource, used)
  if (limit === null || free === null || share === null) return [amount, 'no limit known']
  return [
    `${amount} of ${formatAmount(resource, limit)}`,
    ...(Number.isFinite(share) ? [formatShare(share)] : []),
    `${formatAmount(resource, free)} free`,
  ]
}
