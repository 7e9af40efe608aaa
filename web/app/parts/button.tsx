import type { ButtonHTMLAttributes } from 'preact'
import { Icon, type IconName } from './icon.tsx'
import './button.css'

interface IconButtonProps extends Omit<ButtonHTMLAttributes, 'class' | 'icon'> {
  readonly icon: IconName
  readonly class?: string
  /** The action, for screen readers and as the tooltip. */
  readonly label: string
}

/** A button with only an icon. */
export function IconButton({ icon, label, class: more, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      class={more ? `icon-button ${more}` : 'icon-button'}
      aria-label={label}
      title={label}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  )
}
