import type { ReadonlySignal } from '@preact/signals'
import { Icon } from '../parts/icon.tsx'

interface JumpPillProps {
  readonly isShown: ReadonlySignal<boolean>
  readonly where: 'above' | 'below'
  readonly label: () => string
  readonly onClick: () => void
}

/** A button over the list that leads to messages out of view. */
export function JumpPill({ isShown, where, label, onClick }: JumpPillProps) {
  if (!isShown.value) return null
  return (
    <button type="button" class={`jump-pill ${where}`} onClick={onClick}>
      <Icon name={where === 'above' ? 'up' : 'down'} />
      {label()}
    </button>
  )
}
