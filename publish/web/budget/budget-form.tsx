/** The form to change what one device may carry: effective at once, kept, and written to the device's history. */
import { useState } from 'preact/hooks'
import type { BudgetView } from '../../../shared/api/views.js'
import type { BudgetSettings } from '../../../shared/budget/budget.js'
import { type BudgetChange, budgetApi } from '../api/budget.js'
import { ProblemNote } from '../shell/problem-note.js'
import { type Action, useAction } from '../shell/use-action.js'
import { budgets } from '../store/budgets.js'
import { settingNames, settingText, settingValue, settingWords } from '../words/budget.js'

type Name = keyof BudgetSettings
type Typed = Partial<Record<Name, string>>

export function BudgetForm({ device, budget }: { device: string; budget: BudgetView }) {
  const saving = useAction()
  // Only what was typed: the rest shows what holds, whoever changed it.
  const [typed, setTyped] = useState<Typed>({})
  const { wrong, change } = read(typed, budget)
  const save = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (wrong.length > 0 || Object.keys(change).length === 0) return
    const saved = await saving.run(async () => {
      await budgetApi.changeBudget(device, change)
      await budgets.refresh()
    })
    if (saved) setTyped({})
  }
  return (
    <form class="form" onSubmit={event => void save(event)} noValidate>
      <div class="fields">
        {settingNames.map(name => (
          <SettingField
            key={name}
            id={`${device}-${name}`}
            name={name}
            text={typed[name] ?? settingText(name, budget.settings[name])}
            changed={name in budget.overrides}
            error={errorOf(name, wrong, saving)}
            onChange={text => setTyped({ ...typed, [name]: text })}
          />
        ))}
      </div>
      <div class="row">
        <button
          type="submit"
          class="primary"
          disabled={saving.busy || wrong.length > 0 || Object.keys(change).length === 0}
        >
          {saving.busy ? 'Changing…' : 'Change the budget'}
        </button>
        {Object.keys(typed).length > 0 && (
          <button type="button" onClick={() => setTyped({})}>
            Undo
          </button>
        )}
      </div>
      {saving.problem && !fieldOf(saving) && (
        <ProblemNote problem={saving.problem} onDismiss={saving.dismiss} />
      )}
    </form>
  )
}

interface FieldProps {
  id: string
  name: Name
  text: string
  /** For this device, of the setting. */
  changed: boolean
  error: string | null
  onChange: (text: string) => void
}

function SettingField({ id, name, text, changed, error, onChange }: FieldProps) {
  const { label, hint, unit } = settingWords[name]
  return (
    <div class={error ? 'field invalid' : 'field'} data-setting={name}>
      <label for={id}>
        {label}
        {unit !== 'count' && <span class="unit"> {unit === 'percent' ? '%' : 'ms'}</span>}
      </label>
      <input
        id={id}
        inputMode="decimal"
        autocomplete="off"
        value={text}
        placeholder={unit === 'count' ? 'no limit' : unit === 'ms' ? 'as set' : undefined}
        aria-invalid={error !== null}
        aria-describedby={`${id}-note`}
        onInput={event => onChange(event.currentTarget.value)}
      />
      <p id={`${id}-note`} class={error ? 'field-error' : 'hint'} aria-live="polite">
        {error ?? (changed ? `${hint} Changed for this device; empty takes the setting.` : hint)}
      </p>
    </div>
  )
}

/** What was typed wrongly, and what differs from what holds. Emptying a field that was never changed changes nothing. */
function read(typed: Typed, { settings, overrides }: BudgetView): { wrong: Name[]; change: BudgetChange } {
  const names = Object.keys(typed) as Name[]
  const values = names.map(name => [name, settingValue(name, typed[name]!)] as const)
  const differs = (name: Name, value: number | null): boolean =>
    value === null ? name in overrides : value !== settings[name]
  return {
    wrong: values.filter(([, value]) => value === undefined).map(([name]) => name),
    change: Object.fromEntries(values.filter(([name, value]) => value !== undefined && differs(name, value))),
  }
}

function errorOf(name: Name, wrong: readonly Name[], saving: Action): string | null {
  if (wrong.includes(name))
    return settingWords[name].unit === 'percent' ? 'A number from 0 to 100.' : 'A number, 0 or more.'
  if (fieldOf(saving) !== name) return null
  const { detail, remedy } = saving.problem!
  return [detail, remedy].filter(Boolean).join(' ')
}

/** The setting that the server refused; null where the problem is another. */
function fieldOf({ problem }: Action): Name | null {
  return settingNames.find(name => name === problem?.key) ?? null
}
